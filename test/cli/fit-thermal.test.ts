// `gemel fit thermal`, `wear` and `machine` on files as people have them.
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fitJson, fittedValue, runFit, workFolder } from '../fit/run-fit.ts';
import { csv, heatRows, heatTruth, wearRows, wearTruth } from '../fit/simulator.ts';

const work = workFolder();
afterAll(() => work.remove());

const root = join(import.meta.dirname, '../..');

describe('gemel fit thermal', () => {
  const rows = heatRows(3600, 0.5);

  test('finds two nodes within 2 %, in kW and kelvin, minutes, decimal commas', async () => {
    const names = ['t (min)', 'P (kW)', 'Ta [K]', 'Tw [K]', 'Th [K]'];
    const cells = rows.map((r) => [
      r.timeS / 60,
      r.heatW / 1000,
      ...[r.ambient, r.winding, r.housing].map((celsius) => celsius + 273.15),
    ]);
    const file = work.file('motor.csv', csv(names, cells, { delimiter: ';', decimal: ',' }));
    const columns = ['--heat', 'P', '--ambient', 'Ta', '--temp', 'Tw', '--temp', 'Th', '--nodes', '2'];
    const fit = await fitJson('thermal', file, ...columns, '--as', 'winding,housing');
    for (const [name, truth] of Object.entries(heatTruth)) {
      expect(Math.abs(fittedValue(fit, name) / truth - 1), name).toBeLessThan(0.02);
    }
    expect(fit.data.stepS).toBeCloseTo(2, 4);
    expect(fit.data.judgedBy).toBe(1080);
    expect(fit.outputs.map(({ output }) => output)).toEqual(['Tw (node 1)', 'Th (node 2)']);
    expect(fit.outputs[0]!.validation!.rmse).toBeLessThan(0.2);
    expect(fit.as!['winding.rth']).toBe(fittedValue(fit, 'resistance12'));
    expect(fit.as!['housing.capacity']).toBe(fittedValue(fit, 'capacity2'));
  });

  test('a data set by rate and session, a temperature told seldom; what is not in watts is said', async () => {
    // A session lasts half an hour: each starts anew, and no time tells it.
    const cells = rows.map((r, k) => [
      ...[Math.sqrt(r.heatW / 2), r.ambient, k % 5 === 0 ? r.winding : ''],
      k < 1800 ? 4 : 6,
    ]);
    const file = work.file('pmsm.csv', csv(['i_q', 'coolant', 'stator_winding', 'profile_id'], cells));
    const columns = ['--copper', 'i_q', '--ambient', 'coolant', '--temp', 'stator_winding'];
    const words = ['thermal', file, '--rate', '0.5', '--run', 'profile_id', '--nodes', '2'];
    const fit = await fitJson(...words, ...columns, '--known', 'capacity1=400');
    expect(fit.data.segments).toBe(3);
    expect(fit.data.notes).toContain(
      '"stator_winding" has no value in 2880 of 3600 rows; they are not compared',
    );
    expect(fit.outputs[0]!.validation!.samples).toBe(216);
    // The simulator heats by what does not grow with temperature: the model's copper does.
    expect(fit.outputs[0]!.fit.r2).toBeGreaterThan(0.99);
    const blind = await fitJson(...words, ...columns);
    expect(blind.warnings.join('\n')).toContain('known in watts');
  });

  test('a log as Windows writes it in the west: umlauts, a day that comes first, a time of day, any order of options', async () => {
    const cells = rows.slice(0, 1200).map((r) => {
      const [day, clock] = new Date(Date.UTC(2026, 2, 5, 6) + r.timeS * 1000).toISOString().split(/[T.]/);
      return [
        `${day!.slice(8)}.${day!.slice(5, 7)}.${day!.slice(0, 4)}`,
        clock!,
        r.heatW,
        r.ambient,
        r.winding,
      ];
    });
    const names = ['Datum', 'Uhrzeit', 'Wärme [W]', 'Ta [°C]', 'Tw [°C]'];
    const text = csv(names, cells, { delimiter: ';', decimal: ',' });
    const file = work.file('protokoll.csv', Buffer.from(text, 'latin1'));
    const words = [
      '--heat',
      'Wärme',
      '--ambient',
      'Ta',
      '--temp',
      'Tw',
      '--nodes',
      '1',
      '--bounds',
      'capacity1=1..50',
    ];
    const fit = await fitJson('thermal', file, ...words);
    expect(fit.data).toMatchObject({ rows: 1200, stepS: 2, start: '2026-03-05T06:00:00.000Z' });
    expect(fittedValue(fit, 'capacity1')).toBeCloseTo(50, 6);
    // An option of a file that comes after one of the fit is the fit's too.
    const wrong = await runFit('thermal', file, ...words, '--encoding', 'utf-8');
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('no column "Wärme"')]);
  });

  test('what is missing is named, with the columns there are', async () => {
    const file = work.file(
      'short.csv',
      csv(
        ['t', 'P', 'T'],
        rows.slice(0, 20).map((r) => [r.timeS, r.heatW, r.winding]),
      ),
    );
    const noHeat = await runFit('thermal', file, '--temp', 'T');
    expect([noHeat.code, noHeat.err]).toEqual([2, expect.stringContaining('--heat, --copper or --speed')]);
    const noTemp = await runFit('thermal', file, '--heat', 'P');
    expect([noTemp.code, noTemp.err]).toEqual([
      2,
      expect.stringMatching(/--temp which .*\n(.*\n)+ {4}3 {2}T /),
    ]);
    const few = await runFit('thermal', file, '--heat', 'P', '--temp', 'T', '--nodes', '3');
    expect([few.code, few.err]).toEqual([1, expect.stringContaining('too few')]);
    const long = work.file(
      'long.csv',
      csv(
        ['t', 'P', 'T'],
        rows.slice(0, 400).map((r) => [r.timeS, r.heatW, r.winding]),
      ),
    );
    const slip = await runFit('thermal', long, '--heat', 'P', '--temp', 'T', '--known', 'capacity2=1');
    expect([slip.code, slip.err]).toEqual([
      2,
      expect.stringContaining('no "capacity2", did you mean "capacity1"?'),
    ]);
    const nodes = await runFit('thermal', file, '--heat', 'P', '--temp', 'T', '--nodes', '4');
    expect([nodes.code, nodes.err]).toEqual([2, expect.stringContaining('expected 1, 2, 3 or auto')]);
  });
});

describe('gemel fit wear', () => {
  const rows = wearRows(6);
  const names = ['case', 'run', 'VB', 'time'];
  const cells = rows.map(({ tool, cut, wearMm, minutes }) => [
    ...[`T${tool}`, cut, cut % 3 === 2 ? 'NA' : wearMm, minutes],
  ]);
  const file = work.file('mill.tsv', csv(names, cells, { delimiter: '\t' }));
  const words = ['wear', file, '--time-of-use', 'time:min', '--wear', 'VB:mm', '--run', 'case'];

  test('finds the life of tools from rows of which a third has no wear', async () => {
    const fit = await fitJson(...words, '--limit', '0.3');
    expect(fit.life!.p50 / wearTruth.lifeMin).toBeGreaterThan(0.85);
    expect(fit.life!.p50 / wearTruth.lifeMin).toBeLessThan(1.15);
    expect(fit.life!.p10).toBeLessThan(fit.life!.p50);
    expect(fit.parameters.map(({ name }) => name)).toContain('run.T3.rate');
    const missing = rows.filter(({ cut }) => cut % 3 === 2).length;
    expect(fit.data.notes).toEqual([
      `${missing} of ${rows.length} rows have no measured wear or no use, and are no points`,
    ]);
    const text = await runFit(...words, '--limit', '0.3');
    expect(text.out).toMatch(/^ {2}run T1 +\d/m);
    expect(text.out).toContain('Life until the limit, in min');
  });

  test('without a limit there is a curve and no life; without points, no fit', async () => {
    expect((await fitJson(...words)).life).toBeNull();
    const empty = work.file('empty.csv', 'time,VB\n1,NA\n2,NA\n3,NA\n');
    const run = await runFit('wear', empty, '--time-of-use', 'time', '--wear', 'VB', '--limit', '0.3');
    expect([run.code, run.err]).toEqual([1, expect.stringContaining('0 measurements of wear are too few')]);
    const wrong = await runFit('wear', file, '--time-of-use', 'tme', '--wear', 'VB');
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('did you mean "time"?')]);
  });
});

describe('gemel fit machine', () => {
  const sample = join(root, 'config/sample-mill.csv');
  const config = ['--config', join(root, 'config/gemel.replay.yaml')];

  test('lists the groups of the model, and takes one of them from a recording', async () => {
    const listed = await runFit('machine', sample, ...config);
    expect([listed.code, listed.out]).toEqual([
      0,
      expect.stringContaining('--group axis.x   learns from axis.x.current'),
    ]);
    const fit = await fitJson(
      ...['machine', sample, ...config, '--group', 'axis.x', '--known', 'axis.x.viscous=20'],
      ...['--fit', 'axis.x.coulomb,axis.x.mass', '--validate', sample],
    );
    expect(fit.data.rows).toBeGreaterThan(590);
    expect(fit.as).toEqual({
      'axis.x.coulomb': fittedValue(fit, 'axis.x.coulomb'),
      'axis.x.mass': fittedValue(fit, 'axis.x.mass'),
      'axis.x.viscous': 20,
    });
    expect(fit.data.judgedBy).toBe(fit.data.learntFrom);
    expect(fit.outputs[0]!.validation!.rmse / fit.outputs[0]!.fit.rmse).toBeCloseTo(1, 1);
  });

  test.each([
    [['--group', 'heet'], 'no group of parameters "heet", did you mean "heat"?'],
    [['--machine', 'mill-2'], 'no machine is called "mill-2"; there is mill-1'],
    [
      ['--group', 'heat', '--known', 'winding.rht=1'],
      'no parameter "winding.rht", did you mean "winding.rth"?',
    ],
  ])('%j', async (words, text) => {
    const run = await runFit('machine', sample, ...config, ...words);
    expect([run.code, run.err]).toEqual([2, expect.stringContaining(text)]);
  });
});
