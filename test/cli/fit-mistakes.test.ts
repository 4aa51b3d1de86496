// What `gemel fit` says of columns, units, names and files that are wrong: one line, what is there, and the exit code.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runFit, workFolder } from '../fit/run-fit.ts';
import { axisRows, csv } from '../fit/simulator.ts';

const work = workFolder();
afterAll(() => work.remove());

const rows = axisRows(500, 500);

describe('a mistake is told in one line, with what is there', () => {
  let file = '';
  beforeAll(() => {
    file = work.file(
      'few.csv',
      csv(
        ['time', 'pos [mm]', 'current [mA]'],
        rows.slice(0, 500).map((r) => [r.timeS, r.positionM, r.forceN]),
      ),
    );
  });

  test.each([
    [['--position', 'poss', '--force', 'current'], 2, 'there is no column "poss", did you mean "pos"?'],
    [['--position', 'pos', '--force', 'current'], 2, '"current" is in mA, which is no N'],
    [['--position', 'pos:mmm', '--current', 'current'], 2, '"mmm" is no unit'],
    [['--position', 'pos'], 2, '--force, --torque or --current'],
    [['--current', 'current'], 2, '--position or --velocity'],
    [
      ['--position', 'pos', '--current', 'current', '--known', 'mas=3'],
      2,
      'an axis has no "mas", did you mean "mass"?',
    ],
    [['--position', 'pos', '--current', 'current', '--known', 'mass'], 2, '--known mass: expected NAME=…'],
    [['--position', 'pos', '--current', 'current', '--time', 'tme'], 2, '--time: there is no column "tme"'],
    [
      ['--position', 'pos', '--current', 'current', '--known', 'offset=0', '--report', '/nowhere/a.html'],
      1,
      'cannot write /nowhere/a.html',
    ],
  ])('%j', async (words, code, text) => {
    const run = await runFit('axis', file, ...words);
    expect(run.err).toContain(text);
    expect(run.code).toBe(code);
  });

  test('a column that is not there: the others are listed, with units and first values', async () => {
    const { err } = await runFit('axis', file, '--position', 'poss', '--force', 'current');
    expect(err).toMatch(/^ {4}2 {2}pos {6}mm {6}0 {2}/m);
    const listed = await runFit(file);
    expect([listed.code, listed.out]).toEqual([0, expect.stringMatching(/^ {4}3 {2}current {2}mA/m)]);
    expect(listed.out).toContain('few.csv: 3 columns, divided by commas');
  });

  test('an axis that never moves cannot be fitted', async () => {
    const still = work.file(
      'still.csv',
      csv(
        ['t', 'x [mm]', 'F [N]'],
        rows.slice(0, 500).map((r) => [r.timeS, 5, r.forceN]),
      ),
    );
    const run = await runFit('axis', still, '--position', 'x', '--force', 'F');
    expect([run.code, run.err]).toEqual([1, expect.stringContaining('GEM_FIT_IMPOSSIBLE')]);
    expect(run.err).toContain('does not move');
  });

  test.each([
    ['', 'it has no rows'],
    ['t,x,F\n', 'it has no rows'],
    ['t,x,F\n1,2,3\n2,3,4\n', 'of its 2 rows no 5 hang together'],
    [
      't,x,F\n1,2,a\n2,3,b\n3,3,c\n4,3,d\n5,4,e\n',
      'no row has a number in "F"; part.csv:2 "a" is no number for force',
    ],
  ])('a file of nothing much: %j', async (text, why) => {
    const part = work.file('part.csv', text);
    const run = await runFit('axis', part, '--position', 'x', '--force', 'F');
    expect([run.code, run.err]).toEqual([1, expect.stringContaining(why)]);
  });

  test('dates that may be read in two ways are asked for; a magnitude and a load in % are told', async () => {
    const cells = rows.slice(0, 500).map((r) => [`3/4/2026 10:00:${r.timeS}`, r.positionM, r.forceN]);
    const dated = work.file('dated.csv', csv(['Date', 'x [m]', 'load [%]'], cells));
    const columns = ['--position', 'x', '--known', 'forcePerAmpere=40'];
    const asked = await runFit('axis', dated, ...columns, '--current', 'load:%*12');
    expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('say --date dmy')]);
    const loads = await runFit('axis', dated, ...columns, '--current', 'load');
    expect([loads.code, loads.err]).toEqual([2, expect.stringContaining('"load:%*35.2"')]);
    const sizes = axisRows(1500, 250).map((r) => [r.timeS, r.positionM, Math.abs(r.forceN)]);
    const clamp = work.file('clamp.csv', csv(['t', 'x [m]', 'load [%]'], sizes));
    const words = ['axis', clamp, ...columns, '--current', 'load:%*12'];
    const refused = await runFit(...words);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('say that it is unsigned')]);
    const { out } = await runFit(...words, '--unsigned');
    expect(out).toContain('100 % of "load" are taken as 12 A');
    expect(out).not.toContain('magnitude');
  });

  test('alone it says what there is; without a file or with an unknown word it is usage', async () => {
    const alone = await runFit();
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining('gemel fit thermal FILE')]);
    expect((await runFit('axis')).code).toBe(2);
    expect((await runFit('axis', '--help')).out).toContain(
      '--position        m or rad       mm, µm, in, deg, rev',
    );
  });
});
