import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { plainLine, reachLines, renderView, type ViewData } from '../../src/cli/view.ts';
import { newAlarmLines } from '../../src/cli/view-alarms.ts';
import type { Alarm } from '../../src/core/alarm.ts';
import { Origins } from '../../src/core/frame.ts';
import { Quality } from '../../src/core/quality.ts';
import { frameOf, healthAt, machineOf, outlookOf, sceneMs } from '../suites/scene.ts';

const addresses = new Map([
  ['mqtt', 'mqtt://127.0.0.1:1883'],
  ['metrics', 'http://127.0.0.1:9464/metrics'],
]);

function data(change: (frame: ReturnType<typeof frameOf>) => void = () => {}): ViewData {
  const frame = frameOf(machineOf('mill-1'), 7);
  change(frame);
  return { frames: [frame], health: healthAt(sceneMs), addresses, root: 'gemel/hall-3', news: 'all is well' };
}

const hot: Alarm = {
  ...{ machine: 'mill-1', id: 'hot', occurrence: 3, state: 'raised', active: true, latched: false },
  ...{ severity: 'medium', trip: false, cause: 'machine', reasons: [], text: 'it is hot', action: '' },
  ...{ signals: [], detector: 'limits', score: 0.6, raisedMs: sceneMs, count: 1, consequences: [] },
};

const text = (view: ViewData, width = 120) => renderView(view, width).map(stripVTControlCharacters);

describe('the terminal view', () => {
  it('shows each signal measured beside the twin, with quality and origin', () => {
    const lines = text(data());
    expect(lines.find((line) => line.includes('mill-1'))).toContain('TRACKING');
    const row = lines.find((line) => line.includes('119.8'));
    expect(row).toMatch(/119\.800 .*good measured/);
  });

  it('shows no number where there is none', () => {
    const lines = text(
      data((frame) => {
        frame.value[0] = Number.NaN;
        frame.quality[0] = Quality.badNoCommunication;
        frame.origin[0] = Origins.missing;
      }),
    );
    expect(lines.find((line) => line.includes('bad missing'))).toMatch(/ – /);
  });

  it('says how far the clock of a source is off, and what is wrong with it', () => {
    const line = (view: ViewData) => text(view).find((one) => one.startsWith('source'))!;
    expect(line(data())).toContain('clock 1.5 ms ahead, -12.5 ppm');
    const { health, ...rest } = data();
    const off = { ...health.sources[0]!, clockOffsetMs: 3_600_000, clockDriftPpm: Number.NaN };
    const view = { ...rest, health: { ...health, sources: [{ ...off, clockFinding: 'offset' as const }] } };
    expect(line(view)).toContain('clock 3600 s behind (offset)');
    const unknown = { ...off, clockOffsetMs: Number.NaN };
    expect(line({ ...rest, health: { ...health, sources: [unknown] } })).toContain('no clock yet');
  });

  it('says where to subscribe and to scrape', () => {
    const lines = text(data());
    expect(
      lines.some((line) => line.includes("mosquitto_sub -h 127.0.0.1 -p 1883 -t 'gemel/hall-3/#' -v")),
    ).toBe(true);
    expect(lines.some((line) => line.includes('http://127.0.0.1:9464/metrics'))).toBe(true);
    expect(reachLines(addresses, 'gemel/hall-3')[0]).toEqual([
      'subscribe',
      "mosquitto_sub -h 127.0.0.1 -p 1883 -t 'gemel/hall-3/#' -v",
    ]);
  });

  it('never writes past the width, whatever the colours take', () => {
    for (const width of [20, 60, 80]) {
      for (const line of text(data(), width)) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  it('at 80 columns shows quality, origin and lateness whole', () => {
    const lines = text(
      data((frame) => {
        frame.origin.fill(Origins.interpolated);
      }),
      80,
    );
    expect(lines.find((line) => line.includes('119.8'))).toMatch(/good interpolated$/);
    expect(lines.find((line) => line.includes('lateness'))).toMatch(/MB$/);
    expect(lines.find((line) => line.startsWith('source'))).toMatch(/rejected$/);
  });

  it('in a low window leaves out signals, and neither sources nor addresses', () => {
    const full = text(data()).length;
    const lines = renderView({ ...data(), foot: 'stop with Ctrl-C' }, 120, full - 1).map(
      stripVTControlCharacters,
    );
    expect(lines.length).toBeLessThanOrEqual(full - 1);
    expect(lines.at(-1)).toBe('stop with Ctrl-C');
    expect(lines.some((line) => line.startsWith('source'))).toBe(true);
    expect(lines.some((line) => /… 3 more/.test(line))).toBe(true);
  });

  it('says nothing of the divergence while the twin is offline', () => {
    const offline = data((frame) => {
      frame.mode = 'offline';
    });
    expect(text(offline).find((line) => line.includes('OFFLINE'))).toContain('divergence –');
    expect(plainLine(offline)).toContain('mill-1 offline divergence –');
  });

  it('shows news that are wider than the window in two lines', () => {
    const news =
      'plant: the CNC is broken: cycling-status (every value goes round Good, Uncertain and Bad, two seconds each)';
    const lines = text({ ...data(), news }, 80);
    const at = lines.findIndex((line) => line.startsWith('plant:'));
    expect(lines.slice(at, at + 2).join(' ')).toBe(news);
    const word = 'x'.repeat(300);
    expect(text({ ...data(), news: word }, 80).slice(-2)).toEqual(['x'.repeat(80), 'x'.repeat(80)]);
    expect(text({ ...data(), foot: 'foot', news }, 200).slice(-2)).toEqual([news, 'foot']);
  });

  it('shows what the machine does, what ends first, and how far all is worn', () => {
    const frame = frameOf(machineOf('mill-1'), 7);
    const behaviour = { state: 'behaviour', names: ['idle', 'cutting'] };
    const doing = { ...frame.machine, model: { ...frame.machine.model, behaviour } };
    const frames = [{ ...frame, machine: doing, behaviour: 1 }];
    const forecasts = new Map([['mill-1', outlookOf('mill-1', sceneMs)]]);
    const lines = text({ ...data(), frames, forecasts });
    const at = lines.findIndex((line) => line.startsWith('mill-1'));
    expect(lines[at]).toContain('TRACKING  cutting  divergence 2.1 %');
    expect(lines[at + 1]).toBe('  pump ends first, in 19 d (13 d or more) · pump 25.0 % · seal.1 150 µm');
    const unknown = { ...outlookOf('mill-1', sceneMs), limiting: undefined, watchedHours: 0.2 };
    const unsure = text({ ...data(), forecasts: new Map([['mill-1', unknown]]) });
    expect(unsure.some((line) => line.includes('no end in sight after 12 min of watching'))).toBe(true);
    expect(unsure.some((line) => line.includes('cutting'))).toBe(false);
    const full = renderView({ ...data(), forecasts }, 80).length;
    const low = renderView({ ...data(), forecasts, foot: 'stop' }, 80, full - 1).map(
      stripVTControlCharacters,
    );
    expect(low.length).toBeLessThanOrEqual(full - 1);
    expect(low.some((line) => line.includes('ends first'))).toBe(true);
    expect(low.at(-1)).toBe('stop');
  });

  it('says each change of an alarm once where there is no terminal', () => {
    const said = new Map<string, string>();
    const shelved = { ...hot, id: 'cold', shelvedUntilMs: sceneMs + 1000 };
    const first = newAlarmLines([hot, shelved], said);
    expect(first).toEqual(['alarm  raised: MEDIUM  mill-1: it is hot (machine)']);
    expect(newAlarmLines([{ ...hot, count: 2 }, shelved], said)).toEqual([]);
    expect(newAlarmLines([{ ...hot, trip: true, severity: 'critical' }], said)).toEqual([
      'alarm  raised: CRITICAL TRIP  mill-1: it is hot (machine)',
    ]);
    expect(newAlarmLines([], said)).toEqual(['alarm  mill-1 hot is over']);
    expect(newAlarmLines([{ ...hot, text: 'mill-1 is hot' }], new Map())[0]).toContain(
      'MEDIUM  mill-1 is hot',
    );
    expect(said.size).toBe(0);
  });

  it('fits one line where there is no terminal', () => {
    const line = plainLine(data());
    expect(line).toContain('mill-1 tracking divergence 2.1 %');
    expect(line).not.toContain('\n');
    expect(stripVTControlCharacters(line)).toBe(line);
  });
});
