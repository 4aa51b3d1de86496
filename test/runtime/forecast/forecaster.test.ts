// When forecasts are made and what becomes of them: in turns, never old as new, with the load of the run before.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Forecast, Risk } from '../../../src/core/forecast.ts';
import { mill } from '../../../src/core/models/mill/index.ts';
import { newCore } from '../../../src/core/step.ts';
import { GemError } from '../../../src/errors.ts';
import { createForecaster } from '../../../src/runtime/forecast/forecaster.ts';
import { loadFile } from '../../../src/runtime/forecast/load-file.ts';
import { seedOf } from '../../../src/runtime/forecast/settings.ts';
import type { PackedForecastJob } from '../../../src/runtime/lab.ts';
import { setUpMachine } from '../../../src/runtime/machines.ts';
import { tempDir } from '../../ports.ts';
import { keptLog } from '../../silent-log.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const startMs = Date.parse('2026-11-23T08:00:00Z');
const settings = { enabled: true, everyS: 60, horizonH: 24, particles: 100, failures: mill.failures! };
const plain = { components: [], limiting: undefined, counters: [], watchedHours: 1 };

async function freshFolder(): Promise<string> {
  const { path, remove } = await tempDir();
  ends.push(remove);
  return path;
}

async function hall(machines: number, dir?: string, more: Partial<typeof settings> = {}) {
  const folder = dir ?? (await freshFolder());
  const plan = (m: number) => ({ id: `m${m}`, model: mill, lagMs: 0, parameters: {}, signals: new Map() });
  const setups = Array.from({ length: machines }, (_, m) => setUpMachine(plan(m), 100));
  const core = newCore({ startMs, periodMs: 100, machines: setups });
  const log = keptLog();
  const jobs: { atMs: number; job: PackedForecastJob }[] = [];
  const risks: number[] = [];
  let nowMs = 0;
  let fails: GemError | undefined;
  const forecaster = createForecaster({
    ...{ core, log, stateDir: folder, settings: setups.map(() => ({ ...settings, ...more })) },
    clock: { nowMs: () => startMs + nowMs, monotonicMs: () => nowMs },
    onRisk: (m) => risks.push(m),
    lab: {
      async run(_kind, job) {
        jobs.push({ atMs: nowMs, job });
        if (fails !== undefined) throw fails;
        return { answer: riskOf(job) as never, tookMs: 5 };
      },
    },
  });
  await forecaster.part.start();
  /** Ticks of a second, each with a turn of the event loop after it. */
  const pass = async (seconds: number) => {
    for (let s = 0; s < seconds; s++) {
      nowMs += 1000;
      for (const frame of core.frames) Object.assign(frame, { timeMs: startMs + nowMs });
      forecaster.tick({ frames: core.frames });
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const told = (machine = 'm0'): Forecast => forecaster.join({ ...plain, machine, timeMs: startMs + nowMs });
  return {
    forecaster,
    pass,
    told,
    jobs,
    risks,
    log,
    folder,
    fail: (error?: GemError): void => {
      fails = error;
    },
  };
}

function riskOf({ horizonH, particles, seed, timeMs }: PackedForecastJob): Risk {
  const none = { failures: [], probability: 0, level: 'low', limiting: undefined, notes: [] } as const;
  return { ...none, horizonH, particles, seed, timeMs, loadHours: 1 };
}

describe('in time', () => {
  test('each machine has its turn once a minute, one a tick, spread over the time', async () => {
    const { pass, jobs, risks } = await hall(6);
    await pass(240);
    const of = (m: number) => jobs.filter(({ job }) => job.machine === `m${m}`).map(({ atMs }) => atMs);
    for (let m = 0; m < 6; m++) {
      expect(of(m).length).toBeGreaterThanOrEqual(3);
      const gaps = of(m)
        .slice(1)
        .map((at, i) => at - of(m)[i]!);
      expect(gaps.every((gap) => gap === 60_000)).toBe(true);
    }
    expect(new Set(jobs.map(({ atMs }) => atMs)).size).toBe(jobs.length);
    expect(risks).toHaveLength(jobs.length);
  });
  test('a twin that has become another is forecast at once', async () => {
    const { pass, jobs, forecaster } = await hall(1);
    await pass(10);
    forecaster.changed('m0');
    await pass(1);
    expect(jobs.map(({ atMs }) => atMs)).toEqual([5000 + 1000, 11_000]);
  });
  test('where it is switched off nothing is made, and who asks is answered', async () => {
    const { pass, jobs, forecaster } = await hall(1, undefined, { enabled: false });
    await pass(120);
    expect(jobs).toEqual([]);
    expect(await forecaster.ask('m0', { horizonH: 3, particles: 7, seed: 9 })).toMatchObject({
      horizonH: 3,
      particles: 7,
      seed: 9,
    });
    await expect(forecaster.ask('m9', {})).rejects.toMatchObject({ code: 'GEM_USAGE' });
  });
});

describe('what is told', () => {
  test('has no risk before there is one, then the newest, and none that is old', async () => {
    const { pass, told, fail, log } = await hall(1);
    await pass(3);
    expect(told().risk).toBeUndefined();
    await pass(5);
    expect(told().risk).toMatchObject({
      timeMs: startMs + 6000,
      seed: seedOf('m0', startMs + 6000),
      tookMs: 5,
    });
    fail(new GemError('GEM_LAB_FAILED', { kind: 'forecast', why: 'it broke' }));
    await pass(500);
    expect(told().risk).toMatchObject({ timeMs: startMs + 6000 });
    await pass(200);
    expect(told().risk).toBeUndefined();
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    fail();
    await pass(61);
    expect(told().risk).toBeDefined();
    expect(log.lines.at(-1)!.message).toContain('again');
  });
  test('the seed follows from machine and time', () => {
    expect(seedOf('m0', 1)).toBe(seedOf('m0', 1));
    const seeds = new Set(
      Array.from({ length: 1000 }, (_, k) => seedOf(`m${k % 10}`, startMs + Math.floor(k / 10) * 60_000)),
    );
    expect(seeds.size).toBe(1000);
  });
});

describe('the load', () => {
  const bytes = ({ jobs }: Awaited<ReturnType<typeof hall>>) => jobs.at(-1)!.job.load.length;

  test('of a run is there in the next', async () => {
    const first = await hall(1);
    await first.pass(1500);
    await first.forecaster.part.stop();
    const again = await hall(1, first.folder);
    await again.pass(7);
    expect(bytes(again)).toBeGreaterThan(0.7 * bytes(first));
    const fresh = await hall(1);
    await fresh.pass(7);
    expect(bytes(again)).toBeGreaterThan(1.5 * bytes(fresh));
  });
  test('that is damaged is seen anew, with a word of it, and kept aside', async () => {
    const first = await hall(1);
    await first.pass(700);
    await first.forecaster.part.stop();
    const file = loadFile(first.folder, 'm0');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"load":"', '"load":"AAAA'));
    const again = await hall(1, first.folder);
    expect(again.log.lines.map(({ level }) => level)).toEqual(['warn']);
    expect(again.log.lines[0]!.message).toMatch(/damaged.*anew|damaged.*before it is used/);
    await again.pass(7);
    expect(again.jobs).toHaveLength(1);
  });
});
