// A real LinuxCNC runs a programme; bridge, mosquitto and gateway, each a process of its own, carry it into frames.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { launchText, type RunningGateway } from '../running-gateway.ts';
import { startMosquitto } from './broker-peers.ts';
import {
  type Axis,
  type Frame,
  type Listener,
  listen,
  type Motion,
  type Signal,
} from './linuxcnc-listener.ts';
import {
  bridgeDir,
  makePlace,
  type Place,
  startBridge,
  startLinuxcnc,
  toBroker,
} from './linuxcnc-machine.ts';

const axes: readonly Axis[] = ['x', 'y', 'z'];

/** All that is told fifty times a second. */
const moving = [
  ...['axis.x.velocity', 'axis.y.velocity', 'axis.z.velocity', 'spindle.speed', 'cut.feed'],
  ...['x.position', 'y.position', 'z.position', 'programme.line', 'in.position', 'spindle.commanded'],
];

/** The gateway with the example that comes with the bridge, but for its ports. */
async function startGateway(brokerPort: number): Promise<RunningGateway> {
  const metricsPort = await freePort();
  const example = readFileSync(join(bridgeDir, 'gemel.yaml'), 'utf8');
  const text = example.replace('mqtt://127.0.0.1:1883', `mqtt://127.0.0.1:${brokerPort}`);
  const gateway = await launchText(
    `${text}\nmetrics: { port: ${metricsPort} }\npublish: { healthS: 1 }\n`,
    metricsPort,
  );
  await gateway.said('first frame');
  await gateway.said('connected to the broker');
  return gateway;
}

async function startAll(place: Place) {
  const { port } = await startMosquitto();
  const heard = await listen(port);
  const gateway = await startGateway(port);
  const bridge = startBridge(place, toBroker(port));
  return { port, heard, gateway, bridge };
}

const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const isGood = (frame: Frame | undefined, name: string) => frame?.signals[name]?.quality === 'good';

function goodFrames(heard: Listener, name: string): Signal[] {
  const signals = heard.frames().map((frame) => frame.signals[name]);
  return signals.filter((signal): signal is Signal => signal?.quality === 'good');
}

/** What a velocity in m/s amounts to in mm, from each frame to the next. */
function goodSteps(heard: Listener, name: string): number[] {
  const good = heard.frames().filter((frame) => isGood(frame, name));
  const atMs = good.map(({ time }) => Date.parse(time));
  return good.slice(1).map(({ signals }, i) => signals[name]!.value! * (atMs[i + 1]! - atMs[i]!));
}

/** mm from one reading to the next: by the velocities it said, and by its positions. */
interface Step {
  readonly said: number;
  readonly moved: number;
}

function stepsOf(motion: readonly Motion[], axis: Axis): Step[] {
  return motion.slice(1).map((one, i) => {
    const before = motion[i]!;
    const mean = (before.velocity[axis] + one.velocity[axis]) / 2;
    const said = mean * ((one.t - before.t) / 1000);
    return { said, moved: one.position[axis] - before.position[axis] };
  });
}

describe('LinuxCNC', () => {
  useCleanUp();

  test('a programme runs: position, velocity, feed, spindle, mode and line, in time and Good', async () => {
    const place = await makePlace();
    const { heard, gateway } = await startAll(place);
    await poll('the bridge without LinuxCNC', () => heard.status() === 'waiting');
    const machine = await startLinuxcnc(place);
    await poll('the bridge with LinuxCNC', () => heard.status() === 'running');
    await expect
      .poll(() => heard.state())
      .toMatchObject({
        ...{ mode: 'manual', task: 'estop', estop: true, on: false },
        homed: { all: false, joint: [false, false, false] },
      });

    await machine.drive('on');
    await machine.drive('home');
    const homed = { task: 'on', estop: false, on: true, homed: { all: true }, tool: 0, file: '' };
    await expect.poll(() => heard.state()).toMatchObject(homed);

    const programme = join(place.dir, 'square.ngc');
    await machine.drive('run', programme);
    await poll('the programme', () => heard.state()?.['mode'] === 'auto');
    await poll('the line of the arc', () => heard.lastMotion()?.line === 8);
    const cutting = { mode: 'auto', file: programme, tool: 2, estop: false };
    await expect.poll(() => heard.state()).toMatchObject(cutting);
    const during = await poll('a frame from the arc', () => {
      const frame = heard.lastFrame();
      return frame?.signals['programme.line']?.value === 8 ? frame : undefined;
    });
    for (const name of moving) {
      expect(during.signals[name], name).toMatchObject({ quality: 'good' });
      expect(during.signals[name]!.ageMs, name).toBeLessThan(60);
    }
    const told = { mode: 2, task: 4, estop: 0, homed: 1, tool: 2, 'feed.override': 1, bridge: 2 };
    for (const [name, value] of Object.entries(told)) {
      expect(during.signals[name], name).toMatchObject({ value, quality: 'good' });
    }
    expect(during.signals['interpreter']!.value).toBe(4);
    expect(during.signals['in.position']!.value).toBe(0);
    expect(during.signals['spindle.commanded']!.value).toBe(1200);
    // Measured at the spindle's encoder, not what the programme says.
    expect(during.signals['spindle.speed']!.value).toBeGreaterThan(1150);
    expect(during.signals['spindle.speed']!.value).toBeLessThan(1250);
    await poll('the end', () => heard.state()?.['interpreter'] === 'idle');
    const speed = () => heard.lastFrame()?.signals['spindle.speed'];
    const rests = () => speed()?.quality === 'good' && Math.abs(speed()!.value!) < 10;
    await poll('the spindle at rest', rests);

    const lines = heard
      .motion()
      .map(({ line }) => line)
      .filter((line, i, all) => line !== all[i - 1]);
    expect(lines).toEqual(expect.arrayContaining([5, 6, 7, 8, 9]));
    expect(lines.filter((line) => line > 0)).toEqual(
      lines.filter((line) => line > 0).toSorted((a, b) => a - b),
    );
    expectConsistent(heard.motion());
    expectPath(heard);
    expectFramesConsistent(heard);
    await expectAllTaken(heard, gateway);
    await machine.stop();
  });

  /** What the velocity says adds up to what the position says, on every axis and over the whole programme. */
  function expectConsistent(motion: readonly Motion[]): void {
    const good = motion.filter(({ quality }) => quality === 'good');
    const gaps = good.slice(1).map((one, i) => one.t - good[i]!.t);
    expect(middle(gaps)).toBeCloseTo(20, 0);
    expect(good.map(({ seq }) => seq)).toEqual(good.map((_, i) => good[0]!.seq + i));
    for (const axis of axes) {
      const steps = stepsOf(good, axis);
      const under = steps.filter(({ moved }) => moved !== 0);
      expect(under.length, axis).toBeGreaterThan(10);
      // A reading is up to a cycle of LinuxCNC old: 1 ms of 20.
      expect(middle(under.map(({ said, moved }) => Math.abs(said - moved))), axis).toBeLessThan(0.04);
      // The simulator has no real time: where the machine is busy it stands still for a moment, and is late.
      const path = steps.reduce((sum, { moved }) => sum + Math.abs(moved), 0);
      const drift = steps.reduce((sum, { said, moved }) => sum + said - moved, 0);
      expect(Math.abs(drift), axis).toBeLessThan(0.05 * path + 0.5);
    }
  }

  /** 40 mm at 20 mm/s, 30 mm at 20 mm/s, half a circle: as the gateway's frames tell it. */
  function expectPath(heard: Listener): void {
    const x = goodFrames(heard, 'axis.x.velocity').map(({ value }) => value!);
    const along = goodSteps(heard, 'axis.x.velocity');
    const y = goodFrames(heard, 'axis.y.velocity').map(({ value }) => value!);
    const feed = goodFrames(heard, 'cut.feed').map(({ value }) => value!);
    expect(Math.max(...x)).toBeCloseTo(0.02, 3);
    expect(Math.min(...x)).toBeCloseTo(-0.02, 3);
    expect(Math.max(...y)).toBeCloseTo(0.02, 3);
    expect(Math.max(...feed)).toBeCloseTo(1200, 0);
    // Out by 40 mm on the line and back on the arc; by velocity it is more where the simulator stood still.
    const positions = goodFrames(heard, 'x.position').map(({ value }) => value!);
    expect(Math.abs(Math.max(...positions) - 40)).toBeLessThan(0.5);
    const said = stepsOf(
      heard.motion().filter(({ quality }) => quality === 'good'),
      'x',
    ).map((step) => step.said);
    const sum = (values: readonly number[]) => values.reduce((whole, value) => whole + value, 0);
    for (const isWay of [(mm: number) => mm > 0, (mm: number) => mm < 0]) {
      expect(Math.abs(sum(said.filter(isWay)))).toBeGreaterThan(38);
      expect(Math.abs(sum(along.filter(isWay)) - sum(said.filter(isWay)))).toBeLessThan(3);
    }
  }

  /** The same in the frames: position, its measured change, and the velocity, all for the frame's own time. */
  function expectFramesConsistent(heard: Listener): void {
    const names = ['x.position', 'x.velocityMeasured', 'axis.x.velocity', 'programme.line'] as const;
    const rows = heard
      .frames()
      .filter((frame) => names.every((name) => frame.signals[name]?.quality === 'good'))
      .map(({ signals }) => names.map((name) => signals[name]!.value!));
    const steady = rows.filter((row, i) => {
      // Line 6 is the straight way along X; its ends are ramps.
      return row[3] === 6 && rows[i - 4]?.[3] === 6 && rows[i + 4]?.[3] === 6;
    });
    expect(steady.length).toBeGreaterThan(5);
    expect(Math.abs(middle(steady.map(([, measured]) => measured!)) - 20)).toBeLessThan(1);
    for (const [position, , velocity] of steady) {
      expect(velocity).toBeCloseTo(0.02, 3);
      expect(position).toBeGreaterThan(1);
      expect(position).toBeLessThan(39);
    }
    const steps = steady.slice(1).map(([position], i) => position! - steady[i]![0]!);
    expect(Math.abs(middle(steps) - 2)).toBeLessThan(0.1);
  }

  /** Nothing of what the bridge says is refused, and its clock is ours. */
  async function expectAllTaken(heard: Listener, gateway: RunningGateway): Promise<void> {
    const health = () => heard.last<{ sources: Record<string, object> }>('gemel/hall-3/health');
    await expect
      .poll(() => health()?.sources['linuxcnc'])
      .toMatchObject({ link: 'up', ledger: { rejected: {} } });
    expect(heard.all('gemel/hall-3/dlq/linuxcnc')).toEqual([]);
    const offsetS = await gateway.metric('gemel_source_clock_offset_seconds{source="linuxcnc"}');
    expect(Math.abs(offsetS)).toBeLessThan(0.05);
  }

  test('LinuxCNC crashes: Bad at once, and said; it is back: Good again; the bridge is killed: stale, then Bad', async () => {
    const place = await makePlace();
    const { heard, bridge } = await startAll(place);
    const first = await startLinuxcnc(place);
    await poll('data', () => isGood(heard.lastFrame(), 'axis.x.velocity'));

    const told = ['axis.x.velocity', 'x.position', 'estop', 'mode', 'homed'];
    await poll('the state', () => told.every((name) => isGood(heard.lastFrame(), name)));
    const crashMs = Date.now();
    first.crash();
    const bad = await poll('Bad', () => {
      const frame = heard.lastFrame();
      return told.every((name) => frame?.signals[name]?.quality === 'bad') ? frame : undefined;
    });
    expect(Date.parse(bad.time) - crashMs).toBeLessThan(500);
    for (const name of told) {
      expect(bad.signals[name], name).toMatchObject({ value: null, origin: 'missing' });
    }
    await poll('the bridge says so', () => heard.status() === 'waiting');
    await expect.poll(() => heard.state()).toMatchObject({ quality: 'bad', mode: null, estop: null });
    await poll('its words', () => bridge.said().includes('LinuxCNC has ended'));
    // No reading after the crash is called good: the memory of the status is still there, with its last values.
    expect(heard.motion().filter(({ t, quality }) => quality === 'good' && t > crashMs + 100)).toEqual([]);
    await first.stop();

    await startLinuxcnc(place);
    await poll('data again', () => isGood(heard.lastFrame(), 'axis.x.velocity'));
    await poll('the measured spindle', () => isGood(heard.lastFrame(), 'spindle.speed'));

    await bridge.stop('SIGKILL');
    await poll('the last will', () => heard.status() === 'offline');
    await poll('stale', () =>
      heard.frames().some((frame) => frame.signals['cut.feed']?.quality === 'uncertain'),
    );
    await poll('missing', () => heard.lastFrame()?.signals['cut.feed']?.quality === 'bad');
    const spells = heard
      .frames()
      .map((frame) => frame.signals['cut.feed']!.quality)
      .filter((quality, i, all) => quality !== all[i - 1]);
    expect(spells.slice(-3)).toEqual(['good', 'uncertain', 'bad']);
  });
});
