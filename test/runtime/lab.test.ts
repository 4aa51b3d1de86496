// The lab: what a job that goes wrong costs the others, and that nothing waits without end.
import { afterEach, expect, test } from 'vitest';
import { newLoadBook, packLoad } from '../../src/core/forecast/load-book.ts';
import { mill } from '../../src/core/models/mill/index.ts';
import { createLab, type Lab, type LabOptions, type PackedForecastJob } from '../../src/runtime/lab.ts';
import { poll } from '../poll.ts';

const labs: Lab[] = [];
afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.part.stop();
});

const odd = new URL('./odd-lab-thread.ts', import.meta.url);
const real = new URL('../../src/lab-thread.ts', import.meta.url);

function labOf(options: Partial<LabOptions> = {}): Lab {
  const lab = createLab({ entry: odd, threads: 1, ...options });
  labs.push(lab);
  return lab;
}

function jobOf(machine: string, seed = 1): PackedForecastJob {
  const named = (specs: readonly { name: string }[], of: (at: number) => number) =>
    Object.fromEntries(specs.map(({ name }, i) => [name, of(i)]));
  const memory = {
    ...{ model: 'mill', modelVersion: mill.version, sigma: {}, wear: {} },
    state: named(mill.states, (s) => mill.states[s]!.initial),
    parameters: named(mill.parameters, (p) => mill.parameters[p]!.value),
  };
  return {
    ...{ machine, model: 'mill', memory, timeMs: 1e12, failures: mill.failures!, seed },
    ...{ horizonH: 24, particles: 100, input: Float64Array.from(mill.inputs, ({ initial }) => initial) },
    load: packLoad(newLoadBook(mill, 0.1)),
  };
}

const well = async (lab: Lab, seed = 1) => (await lab.run('forecast', jobOf('well', seed))).answer.seed;

test('jobs are done in order, on as many threads as there are', async () => {
  const lab = labOf({ threads: 2 });
  expect(lab.report()).toEqual({ waiting: 0, running: 0, done: 0, failed: 0, threads: 2 });
  const all = [1, 2, 3, 4].map((seed) => well(lab, seed));
  expect(lab.report()).toMatchObject({ running: 2, waiting: 2 });
  expect(await Promise.all(all)).toEqual([1, 2, 3, 4]);
  expect(lab.report()).toMatchObject({ done: 4, failed: 0, running: 0, waiting: 0 });
});

test.each([
  ['dies', /exit/i],
  ['throws', /no such future/],
  ['hoards', /memory/i],
])('a job that %s is an error of that job; the next one is done', async (machine, why) => {
  const lab = labOf({ heapMaxMb: 32 });
  const failing = lab.run('forecast', jobOf(machine));
  const next = well(lab, 5);
  await expect(failing).rejects.toMatchObject({
    code: 'GEM_LAB_FAILED',
    message: expect.stringMatching(why),
  });
  expect(await next).toBe(5);
});

test('a job that does not end is given up at its deadline, and its thread with it', async () => {
  const lab = labOf();
  await expect(lab.run('forecast', jobOf('hangs'), { deadlineMs: 300 })).rejects.toMatchObject({
    code: 'GEM_LAB_LATE',
  });
  expect(await well(lab)).toBe(1);
});

test('who is gone waits no longer, nor does the thread', async () => {
  const lab = labOf();
  const asker = new AbortController();
  const hanging = lab.run('forecast', jobOf('hangs'), { signal: asker.signal });
  await poll('it runs', () => lab.report().running === 1);
  asker.abort();
  await expect(hanging).rejects.toMatchObject({
    code: 'GEM_LAB_STOPPED',
    details: { why: 'who asked is gone' },
  });
  await expect(lab.run('forecast', jobOf('well'), { signal: asker.signal })).rejects.toMatchObject({
    code: 'GEM_LAB_STOPPED',
  });
  expect(await well(lab)).toBe(1);
});

test('more than may wait are refused, and a stop ends all that wait', async () => {
  const lab = labOf({ waitingMax: 2 });
  const held = [1, 2, 3].map(() => lab.run('forecast', jobOf('hangs')));
  const ends = held.map((one) => expect(one).rejects.toMatchObject({ code: 'GEM_LAB_STOPPED' }));
  await expect(lab.run('forecast', jobOf('well'))).rejects.toMatchObject({ code: 'GEM_LAB_BUSY' });
  await lab.part.stop();
  await Promise.all(ends);
  await expect(well(lab)).rejects.toMatchObject({ code: 'GEM_LAB_STOPPED' });
});

test('a start costs nothing, and a lab that was never asked stops at once', async () => {
  const lab = labOf({ entry: new URL('file:///nowhere.ts') });
  await lab.part.start();
  await lab.part.stop();
  expect(lab.report().done).toBe(0);
});

test('the real thread forecasts, and the same seed is the same forecast', async () => {
  const lab = labOf({ entry: real });
  const [one, two, other] = [7, 7, 8].map((seed) => lab.run('forecast', jobOf('mill-1', seed)));
  const { answer, tookMs } = await one!;
  expect(answer).toMatchObject({ seed: 7, particles: 100, horizonH: 24 });
  expect(answer.failures.map(({ failure }) => failure)).toContain('bearing-worn');
  expect(tookMs).toBeGreaterThan(0);
  expect((await two!).answer).toEqual(answer);
  expect((await other!).answer).not.toEqual(answer);
  const strange = { ...jobOf('mill-1'), model: 'lathe' };
  await expect(lab.run('forecast', strange)).rejects.toMatchObject({
    code: 'GEM_LAB_FAILED',
    message: expect.stringContaining('lathe'),
  });
});
