// Does the twin find the hidden truth? Twenty machines of the plant: half an hour of one part, learnt online and fitted
// offline; the next hour of another part, predicted blind; then faults. Bounds are the ones promised, as they are.
import { parametersOf } from '../src/core/twin.ts';
import {
  begin,
  compare,
  type Finding,
  findings,
  frictionErrors,
  groupsOf,
  heatsThrough,
  knownOf,
  learn,
  parametersIn,
  predictFlange,
  startKnowing,
  suffer,
} from '../test/plant/campaign.ts';
import { declaredOf, spindleDragNm, twinDragNm, workingRpm } from '../test/plant/hidden-truth.ts';
import { fitOffline } from '../test/plant/offline.ts';
import { newRowKeeper } from '../test/plant/rows.ts';
import type { BenchResult } from './run.ts';

const seeds = Array.from({ length: 20 }, (_, i) => i + 1);
const learnS = 1800;
const aheadS = 3600;
const warmS = 300;

/** What was found in each machine, by what it is about; errors in percent unless the name says otherwise. */
type Figures = Map<
  string,
  { readonly bound: string; readonly values: number[]; covered: number; told: number }
>;

export async function bench(): Promise<BenchResult> {
  const figures: Figures = new Map();
  for (const seed of seeds) {
    recover(figures, seed);
    for (const fault of ['bearing', 'cooling'] as const) breakIt(figures, seed, fault);
    for (const fault of ['stuck-sensor', 'silent', 'spike'] as const) mislead(figures, seed, fault);
  }
  const rows = [...figures].map(([what, { bound, values, covered, told }]) => {
    const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    return [
      ...[what, bound, text(median), text(sorted.at(-1)), `${sorted.length} of ${values.length}`],
      told === 0 ? '' : `${((100 * covered) / told).toFixed(0)} % of ${told}`,
    ];
  });
  return {
    title: `Hidden truth: ${seeds.length} machines, ${learnS / 60} minutes to learn, an hour ahead, faults`,
    head: ['what', 'bound', 'median', 'worst', 'machines', 'in the 95 % interval'],
    rows,
  };
}

function text(value: number | undefined): string {
  return value === undefined ? '' : value.toPrecision(3);
}

function note(figures: Figures, what: string, bound: string, value: number, finding?: Finding): void {
  const figure = figures.get(what) ?? { bound, values: [], covered: 0, told: 0 };
  figures.set(what, figure);
  figure.values.push(value);
  if (finding?.covered === undefined) return;
  figure.told++;
  if (finding.covered) figure.covered++;
}

function recover(figures: Figures, seed: number): void {
  const lesson = begin({ seed });
  const { model } = lesson.stand.twin;
  const keeper = newRowKeeper(model, learnS * 10);
  learn(lesson, learnS, keeper.keep);
  noteFindings(
    figures,
    'online',
    findings(lesson),
    frictionErrors(lesson, knownOf(model, lesson.stand.twin.parameters)),
  );
  const fitted = fitOffline(model, keeper.rows(), declaredOf(lesson.stand.truth.hidden));
  const known = knownOf(model, parametersOf(model, fitted.values));
  const found = compare(lesson, known, fitted.sigmas).map((finding) => {
    const interval = fitted.intervals[finding.name];
    const covered = interval && interval[0] <= finding.truth && finding.truth <= interval[1];
    return { ...finding, covered };
  });
  noteFindings(figures, 'offline', found, frictionErrors(lesson, known));
  const told = lesson.stand.news.length;
  for (const { output, rmse, nrmseRange, nrmseStd } of predictFlange(lesson, aheadS)) {
    if (output.endsWith('current')) {
      note(figures, `ahead: ${output}, NRMSE of range, %`, '5', 100 * nrmseRange);
      note(figures, `ahead: ${output}, NRMSE of std, %`, '', 100 * nrmseStd);
    } else note(figures, `ahead: ${output}, RMSE`, output === 'spindle.windingTemp' ? '1 °C' : '', rmse);
  }
  const after = lesson.stand.news.slice(told);
  note(
    figures,
    'sound: divergences told in the hour',
    '0',
    after.filter(({ kind }) => kind === 'diverged').length,
  );
}

function noteFindings(
  figures: Figures,
  way: string,
  all: readonly Finding[],
  friction: readonly number[],
): void {
  for (const [axis, error] of friction.entries()) {
    note(figures, `${way}: friction of axis ${'xyz'[axis]}, %`, '5', 100 * error);
  }
  for (const finding of all) {
    const bound = finding.name.endsWith('.mass') ? '5' : /\.(rth|coolingRth)$/.test(finding.name) ? '10' : '';
    // Of a share near zero there is no relative error.
    const scale = finding.name.endsWith('.asymmetry') ? 1 : Math.abs(finding.truth);
    note(
      figures,
      `${way}: ${finding.name}, %`,
      bound,
      (100 * Math.abs(finding.value - finding.truth)) / scale,
      finding,
    );
    note(figures, `${way}: all parameters`, '90-99 %', Number.NaN, finding);
  }
}

function breakIt(figures: Figures, seed: number, fault: 'bearing' | 'cooling'): void {
  const lesson = startKnowing(seed, warmS);
  const course = suffer(lesson, fault, fault === 'bearing' ? 2 / 3 : 1, fault === 'bearing' ? 900 : 2700);
  const group = fault === 'bearing' ? 'spindle' : 'heat';
  note(figures, `${fault}: told after, s`, '30', course.divergedS ?? Number.NaN);
  note(
    figures,
    `${fault}: adopted after, s`,
    '',
    course.adopted.find((one) => one.group === group)?.atS ?? Number.NaN,
  );
  const { truth, twin } = lesson.stand;
  const known = knownOf(twin.model, twin.parameters);
  if (fault === 'bearing') {
    for (const rpm of workingRpm) {
      const error = Math.abs(twinDragNm(rpm, known) / spindleDragNm(truth, rpm, lesson.told) - 1);
      note(figures, `bearing: drag at ${rpm} rpm, %`, '', 100 * error);
    }
    return;
  }
  for (const finding of findings(lesson).filter(({ name }) => heatsThrough.includes(name))) {
    note(figures, `cooling: ${finding.name}, %`, '', 100 * Math.abs(finding.error), finding);
  }
}

function mislead(figures: Figures, seed: number, fault: keyof typeof groupsOf): void {
  const lesson = startKnowing(seed, warmS);
  const before = parametersIn(lesson, groupsOf[fault]);
  suffer(lesson, fault, 1, 900);
  const after = parametersIn(lesson, groupsOf[fault]);
  note(figures, `${fault}: parameters changed`, '0', after.filter((value, i) => value !== before[i]).length);
}
