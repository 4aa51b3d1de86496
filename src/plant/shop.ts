// The shop: machines, their ESP32s and the CNC, kept at the pace of the wall clock. The only place of the
// plant with a timer and a calendar.
import { type Cnc, startCnc } from './cnc.ts';
import { type Esp32s, startEsp32s } from './esp32.ts';
import type { FaultPlan } from './fault.ts';
import { newImu } from './imu.ts';
import { type ImuLine, startImuLine } from './imu-line.ts';
import { type Machine, newMachine } from './machine.ts';
import { newPanel } from './panel.ts';
import { newRandom } from './random.ts';
import { type AnyFault, newTrouble, type TroubleEvent } from './trouble.ts';

const paceMs = 25;
const cncCycleMs = 50;
/** Behind by more (a suspended process), the time is skipped instead of made up. */
const catchUpMs = 2000;

export type PlantEvent =
  | { readonly kind: 'esp32'; readonly machine: string; readonly devices: number }
  | { readonly kind: 'opcua'; readonly url: string }
  | { readonly kind: 'broker-lost'; readonly why: string }
  | { readonly kind: 'imu'; readonly url: string; readonly pty?: string }
  | { readonly kind: 'pty-lost'; readonly why: string }
  | TroubleEvent;

export interface PlantOptions {
  /** mqtt://host:port */
  readonly broker: string;
  /** On loopback; 0 picks a free one. */
  readonly opcuaPort: number;
  readonly machines: number;
  readonly seed: number;
  /** Where the CNC keeps its certificates. */
  readonly stateDir: string;
  /** Physics per second, a whole number; 1 is real time. */
  readonly speed: number;
  readonly fault?: FaultPlan;
  /** On the spindle head of the first machine; absent: there is none. */
  readonly imu?: ImuOptions;
  tell(event: PlantEvent): void;
}

export interface ImuOptions {
  /** Of its serial line over TCP, on loopback; 0 picks a free one. */
  readonly port: number;
  /** Also a pty of this name. */
  readonly pty?: string;
  /** Lines a second; 1000 is a multiple of it. */
  readonly ratePerS: number;
}

export interface Plant {
  readonly opcuaUrl: string;
  trigger(fault: AnyFault | 'none', machine?: string): void;
  stop(): Promise<void>;
}

/** Resolves when the CNC listens; the ESP32s talk long before, as soon as there is a broker. */
export async function startPlant(options: PlantOptions): Promise<Plant> {
  // Both at one instant, or every stamp of the shop would be late by what lies between.
  const startMs = Date.now();
  const epochMs = performance.now();
  const machines = openMachines(options, startMs);
  let cnc: Cnc | undefined;
  const trouble = newTrouble(
    machines,
    (event) => options.tell(event),
    (faults) => cnc?.setFaults(faults),
  );
  const radios = machines.map(({ id }) => openRadio(options, id, trouble.trigger));
  let imu: ImuLine | undefined;
  const feelers = options.imu === undefined ? [] : [feel(options, options.imu, machines[0]!, () => imu)];
  const onTurn = (timeMs: number) => cnc?.update(timeMs);
  const stopPacing = pace({ startMs, epochMs }, machines, radios, feelers, onTurn);
  const unplan = options.fault === undefined ? undefined : trouble.plan(options.fault);
  const close = async () => {
    unplan?.();
    stopPacing();
    await Promise.all([...radios.map((radio) => radio.stop()), cnc?.stop(), imu?.stop()]);
  };
  try {
    if (options.imu !== undefined) imu = await openImuLine(options, options.imu);
    const panels = machines.map(({ id, truth }) => ({ id, panel: newPanel(truth, `${options.seed}/${id}`) }));
    cnc = await startCnc(panels, options.opcuaPort, options.stateDir);
  } catch (error) {
    await close();
    throw error;
  }
  cnc.setFaults(trouble.cnc);
  options.tell({ kind: 'opcua', url: cnc.url });
  return { opcuaUrl: cnc.url, trigger: trouble.trigger, stop: close };
}

function openMachines(options: PlantOptions, startMs: number): Machine[] {
  const start = new Date(startMs);
  const startDayTimeS = start.getHours() * 3600 + start.getMinutes() * 60 + start.getSeconds();
  const { seed, speed } = options;
  return Array.from({ length: options.machines }, (_, index) =>
    newMachine({ id: `mill-${index + 1}`, seed, startMs, startDayTimeS, speed }),
  );
}

function openRadio(
  options: PlantOptions,
  machine: string,
  trigger: (fault: AnyFault | 'none', machine: string) => void,
): Esp32s {
  return startEsp32s({
    broker: options.broker,
    machine,
    onReady: (devices) => options.tell({ kind: 'esp32', machine, devices }),
    onLost: (why) => options.tell({ kind: 'broker-lost', why }),
    onFault: (fault) => trigger(fault, machine),
  });
}

interface Feeler {
  readonly observe: (atMs: number) => void;
  /** At the end of a turn. */
  readonly flush: () => void;
}

/** The IMU's lines of one turn go out together, as a USB adapter delivers them. */
function feel(
  { seed }: PlantOptions,
  { ratePerS }: ImuOptions,
  { id, truth }: Machine,
  line: () => ImuLine | undefined,
): Feeler {
  const imu = newImu(truth, newRandom(`${seed}/${id}/imu`), ratePerS);
  let text = '';
  return {
    observe(atMs) {
      text += imu.observe(atMs) ?? '';
    },
    flush() {
      if (text !== '') line()?.send(text);
      text = '';
    },
  };
}

async function openImuLine(options: PlantOptions, { port, pty }: ImuOptions): Promise<ImuLine> {
  const named = pty === undefined ? {} : { pty };
  const onPtyLost = (why: string) => options.tell({ kind: 'pty-lost', why });
  const line = await startImuLine({ port, ...named, onPtyLost });
  options.tell({ kind: 'imu', url: line.url, ...named });
  return line;
}

/** Absolute deadlines: a late turn makes up what it missed, and a shop never runs slow. */
function pace(
  { startMs, epochMs }: { readonly startMs: number; readonly epochMs: number },
  machines: readonly Machine[],
  radios: readonly Esp32s[],
  feelers: readonly Feeler[],
  showCnc: (timeMs: number) => void,
): () => void {
  let doneMs = 0;
  let turns = 0;
  let shownMs = 0;
  let timer = setTimeout(turn, paceMs);

  function turn(): void {
    const elapsedMs = Math.floor(performance.now() - epochMs);
    if (elapsedMs - doneMs > catchUpMs) {
      for (const machine of machines) machine.skip(elapsedMs - paceMs);
    }
    for (let i = 0; i < machines.length; i++) {
      machines[i]!.advance(elapsedMs, radios[i]!.send, feelers[i]?.observe);
      feelers[i]?.flush();
    }
    doneMs = elapsedMs;
    if (elapsedMs - shownMs >= cncCycleMs) {
      shownMs = elapsedMs - (elapsedMs % cncCycleMs);
      showCnc(startMs + elapsedMs);
    }
    turns = Math.max(turns + 1, Math.floor((performance.now() - epochMs) / paceMs));
    timer = setTimeout(turn, Math.max(1, epochMs + (turns + 1) * paceMs - performance.now()));
  }
  return () => clearTimeout(timer);
}
