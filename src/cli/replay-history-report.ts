// The summary of a replay out of a history, for people. Pure text out of data.
import type { MachineComparison, Pair } from '../replay/past/compare.ts';
import type { PastSummary, RunSummary } from '../replay/past/summary.ts';
import { machineText } from './replay-report.ts';
import { textTable } from './text-table.ts';

const gapReasons = {
  disk_full: 'the disk was full',
  retention: 'deleted, for its age or for room',
  stopped: 'nothing was received until the gateway started again',
  quarantined: 'in a file that was damaged and put aside',
} as const;

export function pastText(summary: PastSummary): string {
  const lines = [
    `${summary.file}: ${summary.from} to ${summary.to}, ${Number(summary.seconds.toFixed(3))} s`,
    ...summary.gaps.map(gapText),
    ...summary.leftOut.map((words) => `note      left out: ${words}`),
    ...summary.runs.flatMap(runText),
    ...(summary.notComparable ?? []).map((words) => `note      ${words}`),
    '',
    `took      ${summary.wallS} s, ${summary.speed} times as fast as it was`,
    verdict(summary),
  ];
  return `${lines.join('\n')}\n`;
}

function gapText({ reason, fromMs, toMs, samples }: PastSummary['gaps'][number]): string {
  const many = samples > 0 ? `, ${samples} samples` : '';
  const from = fromMs <= 0 ? 'the beginning' : new Date(fromMs).toISOString();
  return `gap       ${from} to ${new Date(toMs).toISOString()}: ${gapReasons[reason]}${many}`;
}

function runText(run: RunSummary): string[] {
  const begins = {
    run: 'from its beginning',
    snapshot: `from a snapshot, ${run.framesBefore} frames before`,
    anew: 'without what came before, which is not kept: its twins begin anew, and no hash can be the same',
  } as const;
  const skipped = run.ticksSkipped === 0 ? '' : `; ${run.ticksSkipped} ticks it had missed were left out`;
  const news = counts(run.machines.map((machine) => machine.news));
  return [
    '',
    `run ${run.run}     ${run.from} to ${run.to}, gemel ${run.gemel}, replayed ${begins[run.begin]}`,
    ...run.notes.map((words) => `note      ${words}`),
    `samples   ${run.samples}`,
    `frames    ${run.frames}${skipped}`,
    ...(news === '' ? [] : [`news      ${news}`]),
    ...(run.comparison === undefined
      ? run.machines.flatMap((machine) => machineText(machine))
      : run.comparison.flatMap(comparisonText)),
    '',
    `hash      ${run.hash}   ${run.begin === 'anew' ? 'compared with none' : hashText(run.hashes)}`,
  ];
}

function hashText({ compared, equal, firstOther }: RunSummary['hashes']): string {
  if (compared === 0) return 'the run left no state hash in this stretch';
  const first = firstOther === null ? '' : `; the first that is another is of ${firstOther}`;
  return `${equal} of ${compared} state hashes equal${first}`;
}

function verdict({ hashes: { compared, equal } }: PastSummary): string {
  return `verdict   ${compared === 0 ? 'no state hash to compare with' : `${equal} of ${compared} state hashes equal`}`;
}

function counts(all: readonly Readonly<Record<string, number>>[]): string {
  const sums = new Map<string, number>();
  for (const each of all)
    for (const [kind, count] of Object.entries(each)) sums.set(kind, (sums.get(kind) ?? 0) + count);
  return [...sums].map(([kind, count]) => `${count} ${kind}`).join(', ');
}

function comparisonText(of: MachineComparison): string[] {
  const rows: [string, string, string][] = [
    ...of.outputs.map(({ output, residualRms }) => row(`residual ${output}, sigma`, residualRms, 2)),
    row('divergence on average, %', percent(of.divergence.mean), 1),
    row('divergence at most, %', percent(of.divergence.max), 1),
    ...Object.entries(of.modes).map(([mode, pair]) => row(`${mode}, % of the time`, percent(pair), 1)),
    ...Object.entries(of.news).map(([kind, pair]) => row(kind, pair, 0)),
    ...Object.entries(of.wearGrowth).map(([name, pair]) => row(`wear of ${name} added, %`, percent(pair), 4)),
    ...Object.entries(of.parameters).map(([name, pair]) => row(`${name} at the end`, pair, undefined)),
  ];
  const table = textTable([[of.machine, 'recorded', 'other'], ...rows], { right: [1, 2] });
  return ['', table.trimEnd()];
}

function percent([own, other]: Pair<number>): Pair<number> {
  return [own === null ? null : own * 100, other === null ? null : other * 100];
}

function row(what: string, [own, other]: Pair<number>, digits: number | undefined): [string, string, string] {
  return [what, cell(own, digits), cell(other, digits)];
}

function cell(value: number | null, digits: number | undefined): string {
  if (value === null) return '-';
  return digits === undefined ? String(Number(value.toPrecision(5))) : value.toFixed(digits);
}
