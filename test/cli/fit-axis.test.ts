// `gemel fit axis` on files as people have them, made by a simulator whose truth is known.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FitJson, fitJson, fittedValue, runFit, workFolder } from '../fit/run-fit.ts';
import { axisRows, axisTruth, csv, sampleAxis } from '../fit/simulator.ts';

const work = workFolder();
afterAll(() => work.remove());

const rows = axisRows(4000, 250);

function expectTruth(fit: FitJson, share = 0.02): void {
  for (const name of ['mass', 'viscous', 'coulomb'] as const) {
    expect(Math.abs(fittedValue(fit, name) / axisTruth[name] - 1), name).toBeLessThan(share);
  }
  expect(fit.converged).toBe(true);
  expect(fit.outputs[0]!.validation!.r2).toBeGreaterThan(0.99);
}

describe('the truth is found, within 2 %, in', () => {
  test('a servo benchmark: no time, volts times a drive gain, no units', async () => {
    const names = ['qm', 'qg', 'vir'];
    const file = work.file(
      'servo.csv',
      csv(
        names,
        rows.map((r) => [r.positionM, r.positionM + 1e-6, r.forceN / 35.15]),
      ),
    );
    const fit = await fitJson('axis', file, '--rate', '250', '--position', 'qm', '--force', 'vir*35.15');
    expectTruth(fit);
    expect(fit.data).toMatchObject({
      rows: 4000,
      learntFrom: 2800,
      judgedBy: 1200,
      stepS: 0.004,
      start: null,
    });
    expect(fit.data.notes).toEqual([
      '--position: the column "qm" says no unit, so its numbers are taken as m',
    ]);
    expectTruth(
      await fitJson(
        'axis',
        file,
        '--rate',
        '250',
        '--position',
        'qm:m',
        '--force',
        'vir:V',
        '--gain',
        '35.15',
        '--method',
        'inverse',
      ),
    );
  });

  test('semicolons and decimal commas, units in the headers, ms, gzip, a current and a known mass', async () => {
    const names = ['t [ms]', 'x (mm)', 'I (mA)'];
    const cells = rows.map((r) => [r.timeS * 1000, r.positionM * 1000, (r.forceN / 40) * 1000]);
    const file = work.file('drive.csv.gz', gzipSync(csv(names, cells, { delimiter: ';', decimal: ',' })));
    const fit = await fitJson('axis', file, '--position', 'x', '--current', 'I', '--known', 'mass=95.1');
    expectTruth(fit);
    expect(fittedValue(fit, 'forcePerAmpere')).toBeCloseTo(40, 0);
    expect(fit.data.columns).toMatchObject([
      { option: '--position', column: 'x (mm)', unit: 'm' },
      { option: '--current', column: 'I (mA)', unit: 'A' },
    ]);
    expect(fit.parameters.find(({ name }) => name === 'mass')).toMatchObject({
      known: true,
      value: 95.1,
      unit: 'kg',
    });
  });

  test('tabs, ISO times, a row of units below the header, velocity in mm/min', async () => {
    const cells = rows.map((r) => [
      new Date(Date.UTC(2026, 2, 1) + r.timeS * 1000).toISOString(),
      r.velocity * 60_000,
      r.forceN / 1000,
    ]);
    const units = ['', 'mm/min', 'kN'];
    const file = work.file('log.tsv', csv(['timestamp', 'v', 'F'], [units, ...cells], { delimiter: '\t' }));
    const fit = await fitJson('axis', file, '--velocity', 'v', '--force', 'F');
    expectTruth(fit);
    expect(fit.data.start).toBe('2026-03-01T00:00:00.000Z');
    expect(fit.data.rows).toBe(4000);
  });

  test('no header: columns by number', async () => {
    const file = work.file(
      'plain.csv',
      csv(
        [],
        rows.map((r) => [r.timeS, r.positionM * 1000, r.forceN]),
        { header: false },
      ),
    );
    expectTruth(await fitJson('axis', file, '--time', '1', '--position', '2:mm', '--force', '3:N'));
  });

  test('JSON lines', async () => {
    const lines = rows.map((r) => JSON.stringify({ t: r.timeS, axis: r.positionM, F: r.forceN }));
    const file = work.file('log.jsonl', `${lines.join('\n')}\n`);
    expectTruth(await fitJson('axis', file, '--position', 'axis:m', '--force', 'F:N'));
  });

  test('rows that are bad, late, said twice or missing; all of it is told', async () => {
    const cells: (string | number)[][] = rows.map((r) => [r.timeS, r.positionM * 1000, r.forceN]);
    cells[100]![2] = 'overload';
    cells[200]![1] = '';
    cells.splice(300, 0, [...cells[299]!]);
    [cells[1000], cells[1001]] = [cells[1001]!, cells[1000]!];
    cells.splice(2000, 150);
    const file = work.file('rough.csv', csv(['time', 'x [mm]', 'F [N]'], cells));
    const fit = await fitJson('axis', file, '--position', 'x', '--force', 'F');
    expectTruth(fit);
    const notes = fit.data.notes.join('\n');
    expect(notes).toContain(
      '1 cell or row could not be read and is not used: rough.csv:102 "overload" is no number for force',
    );
    expect(notes).toContain('"x" has no value in 1 of 3851 rows; 1 of them bridged by straight lines');
    expect(notes).toContain('1 row repeats the time of another and is left out');
    expect(notes).toContain('1 row came late and is sorted in by time');
    expect(notes).toContain('1 gap longer than 0.04 s');
    expect(fit.data.segments).toBe(3);
  });

  test('the magnitude alone, friction by direction', async () => {
    const cells = rows.map((r) => [r.timeS, r.positionM, Math.abs(r.forceN)]);
    const file = work.file('clamp.csv', csv(['t', 'x', 'F'], cells));
    expectTruth(await fitJson('axis', file, '--position', 'x:m', '--force', 'F:N', '--unsigned'));
    const signed = work.file(
      'signed.csv',
      csv(
        ['t', 'x', 'F'],
        rows.map((r) => [r.timeS, r.positionM, r.forceN]),
      ),
    );
    const fit = await fitJson(
      'axis',
      signed,
      '--position',
      'x:m',
      '--force',
      'F:N',
      '--by-direction',
      '--as',
      'axis.x',
      '--known',
      'offset=4',
    );
    expect(fittedValue(fit, 'coulombPositive')).toBeCloseTo(22, 0);
    expect(fittedValue(fit, 'coulombNegative')).toBeCloseTo(22, 0);
    expect(fit.as!['axis.x.coulomb']).toBeCloseTo(22, 0);
    expect(fit.as!['axis.x.asymmetry']).toBeCloseTo(0, 1);
    expect(fit.as!['axis.x.gravity']).toBe(4);
  });

  test('degrees and torque: an axis that turns has an inertia', async () => {
    const cells = rows.map((r) => [r.timeS, (r.positionM * 180) / Math.PI, r.forceN]);
    const file = work.file('turn.csv', csv(['t', 'phi [deg]', 'M [Nm]'], cells));
    const { parameters, outputs } = await fitJson('axis', file, '--position', 'phi', '--torque', 'M');
    const inertia = parameters.find(({ name }) => name === 'inertia')!;
    expect(inertia.unit).toBe('kg·m²');
    expect(Math.abs(inertia.value / 95.1 - 1)).toBeLessThan(0.02);
    expect(outputs[0]).toMatchObject({ output: 'torque', unit: 'Nm' });
  });
});

describe('what is learnt from and what judges', () => {
  let first = '';
  let second = '';
  beforeAll(() => {
    const columns = ['t', 'x [m]', 'F [N]'];
    first = work.file(
      'monday.csv',
      csv(
        columns,
        rows.slice(0, 2000).map((r) => [r.timeS, r.positionM, r.forceN]),
      ),
    );
    // Another machine's day: what was learnt on the first must not fit.
    second = work.file(
      'tuesday.csv',
      csv(
        columns,
        rows.slice(2000).map((r) => [r.timeS, r.positionM, 2 * r.forceN]),
      ),
    );
  });
  const columns = ['--position', 'x', '--force', 'F'];

  test('another file only judges', async () => {
    const alone = await fitJson('axis', first, ...columns, '--validate', '0');
    const judged = await fitJson('axis', first, ...columns, '--validate', second);
    expect(fittedValue(judged, 'mass')).toBe(fittedValue(alone, 'mass'));
    expect(alone.outputs[0]!.validation).toBeNull();
    expect(alone.warnings.join()).not.toContain('unseen');
    expect(judged.warnings.join()).toMatch(/force is told \d+ times worse on unseen data/);
    expect(judged.outputs[0]!.validation!.samples).toBe(2000);
    expect(judged.outputs[0]!.validation!.rmse).toBeGreaterThan(20 * judged.outputs[0]!.fit.rmse);
  });

  test('--from and --to leave rows out; --run makes pieces', async () => {
    const part = await fitJson('axis', first, ...columns, '--from', '1', '--to', '6');
    expect(part.data).toMatchObject({ rows: 2000, usable: 1251 });
    expect(part.data.notes).toContain('749 rows lie outside of --from and --to');
    const cells = rows.slice(0, 2000).map((r, i) => [r.timeS, r.positionM, r.forceN, i < 1000 ? 'A' : 'B']);
    const file = work.file('runs.csv', csv(['t', 'x [m]', 'F [N]', 'part'], cells));
    expect((await fitJson('axis', file, ...columns, '--run', 'part', '--validate', '0')).data.segments).toBe(
      2,
    );
    const outside = await runFit('axis', first, ...columns, '--from', '2030-01-01T00:00:00Z');
    expect([outside.code, outside.err]).toEqual([1, expect.stringContaining('it goes from 0 s to 7.996 s')]);
  });
});

test('text, report, predictions and YAML', async () => {
  const file = work.file(
    'all.csv',
    csv(
      ['t', 'x [m]', 'F [N]'],
      rows.map((r) => [r.timeS, r.positionM, r.forceN]),
    ),
  );
  const [report, predictions] = [join(work.dir, 'fit.html'), join(work.dir, 'out.csv')];
  const words = ['axis', file, '--position', 'x', '--force', 'F', '--known', 'offset=4'];
  const { code, out, err } = await runFit(...words, '--report', report, '--predictions', predictions);
  expect(code).toBe(0);
  expect(err).toBe(`wrote ${report}\nwrote ${predictions}\n`);
  expect(out).toContain(
    'all.csv: 4000 rows, 0.004 s apart, 15.99 s in all; learnt from 2800, judged by 1200',
  );
  expect(out).toMatch(/^ {2}mass {7}9[45]\.\d+ ± 0\.\d+ +kg +estimated/m);
  expect(out).toMatch(/^ {2}offset {5}4 +N +known/m);
  expect(out).toMatch(/^ {2}force, validation +1200 +[01]\.\d+ N/m);
  const lines = readFileSync(predictions, 'utf8').trimEnd().split('\n');
  expect(lines[0]).toBe('time [s],use,segment,force measured [N],force predicted [N],force residual [N]');
  expect(lines).toHaveLength(4001);
  const html = readFileSync(report, 'utf8');
  expect(html.match(/<svg/g)).toHaveLength(5);
  expect(html.length).toBeLessThan(400_000);
  const yaml = await runFit(...words, '--yaml', '--as', 'axis.x');
  expect(yaml.out).toMatch(/^parameters:\n {2}axis\.x\.mass: 9[45]\.\d+ +# 9[45]\.\d+ ± 0\.\d+ kg$/m);
  expect(yaml.out).toMatch(/^ {2}axis\.x\.gravity: 4 +# known, N$/m);
});

test('what --as prints predicts what was measured, whatever was known of the drive', async () => {
  const file = work.file(
    'drive.csv',
    csv(
      ['t', 'x [m]', 'I [A]'],
      rows.map((r) => [r.timeS, r.positionM, r.forceN / 40]),
    ),
  );
  const words = ['axis', file, '--position', 'x', '--current', 'I', '--method', 'inverse', '--as', 'axis.x'];
  for (const known of [
    [],
    ['mass=95.1'],
    ['forcePerAmpere=40'],
    ['kt=0.4,lever=0.01'],
    ['kt=2,lever=0.1,gear=2'],
  ]) {
    const { as } = await fitJson(...words, ...known.flatMap((text) => ['--known', text]));
    const value = (name: string) => as![`axis.x.${name}`]!;
    const perNewton = value('lever') / (value('gear') * value('efficiency') * value('kt'));
    for (const name of ['mass', 'viscous', 'coulomb'] as const)
      expect((value(name) * perNewton) / (axisTruth[name] / 40), `${known.join(',')} ${name}`).toBeCloseTo(
        1,
        1,
      );
  }
  const motor = ['--position', 'x:rad', '--known', 'kt=0.4,gear=100', '--as', 'axis'];
  const { as } = await fitJson(...words.slice(0, 2), ...motor, '--current', 'I', '--method', 'inverse');
  expect(as!['axis.inertia']).toBeCloseTo(95.1, -1);
  expect(as!['axis.kt']! * as!['axis.gear']! * as!['axis.efficiency']!).toBeCloseTo(40, 9);
  // Its model has no weight to carry.
  expect(Object.keys(as!)).not.toContain('axis.gravity');
});

test('a force that comes late is put in time', async () => {
  const cells = rows.slice(1).map((r, k) => [r.timeS, r.positionM, rows[k]!.forceN]);
  const file = work.file('late.csv', csv(['t', 'x [m]', 'F [N]'], cells));
  const words = ['axis', file, '--position', 'x', '--force', 'F', '--method', 'inverse'];
  const late = await fitJson(...words);
  expect(late.warnings.join()).toMatch(/the force seems to come [34]\.\d+ ms after the motion/);
  const fit = await fitJson(...words, '--lag', '4');
  expect(fit.warnings.join()).not.toContain('the motion (±');
  expect(fit.data.notes).toEqual(['--force: taken to come 4 ms after the motion, and put in time with it']);
  expectTruth(fit);
});

test('the first example of the documentation runs as it is written', async () => {
  const root = join(import.meta.dirname, '../..');
  const docs = readFileSync(join(root, 'docs/fit.md'), 'utf8');
  expect(readFileSync(join(root, 'config/sample-axis.csv'), 'utf8')).toBe(sampleAxis());
  const sample = join(root, 'config/sample-axis.csv');
  const [listing = '', example = ''] = [...docs.matchAll(/^\$ gemel fit (.*)\n([\s\S]*?)^```/gm)].map(
    ([, , out]) => out!,
  );
  expect((await runFit(sample)).out).toBe(listing);
  const words = /^\$ gemel fit (axis .*)$/m
    .exec(docs)![1]!
    .replace('config/sample-axis.csv', sample)
    .split(' ');
  const { code, out } = await runFit(...words);
  expect(code).toBe(0);
  const told = [...example.matchAll(/^ {2}(\w+) +([\d.]+) ± ([\d.]+) +(\S+) +estimated/gm)];
  expect(told.map(([, name]) => name)).toEqual(['mass', 'viscous', 'coulomb', 'offset']);
  const fit = await fitJson(...words);
  for (const [, name = '', value, interval] of told) {
    expect(out).toMatch(new RegExp(`^ {2}${name} +\\d`, 'm'));
    expect(Math.abs(fittedValue(fit, name) - Number(value)), name).toBeLessThan(Number(interval));
  }
  expectTruth(fit);
});
