// The summary of a replay for people. Pure text out of data.
import type { MachineSummary, OutputSummary, SignalSummary } from '../replay/statistics.ts';
import type { ReplaySummary } from '../replay/summary.ts';

/** More than this share of the samples late: the file is hardly in order of time. */
const disorder = 0.05;

export function summaryText(summary: ReplaySummary): string {
  const lines = [...head(summary), ...summary.machines.flatMap(machineText), '', ...foot(summary)];
  return `${lines.join('\n')}\n`;
}

function head(summary: ReplaySummary): string[] {
  const { file, span, samples, frames, ticksSkipped, rowsPassedOver, daysMoved, damage } = summary;
  const rejected = counts(samples.rejected);
  const remarks = counts(samples.remarks);
  const late = samples.remarks['late'] ?? 0;
  return [
    `${file}: ${span.from} to ${span.to}, ${duration(span.seconds)}`,
    `samples   ${samples.received} received, ${samples.stored} taken${rejected === '' ? '' : `, rejected: ${rejected}`}`,
    ...(remarks === '' ? [] : [`remarks   ${remarks}`]),
    ...(rowsPassedOver === 0 ? [] : [`rows      ${rowsPassedOver} outside of the time asked for`]),
    `frames    ${frames}${ticksSkipped === 0 ? '' : `; ${ticksSkipped} ticks of long pauses were skipped`}`,
    ...(daysMoved === 0 ? [] : [`note      from before 2020: replayed as of ${daysMoved} days later`]),
    ...summary.refusals.map(({ reason, excerpt }) => `  ${reason}: ${excerpt.slice(0, 160)}`),
    ...(damage === undefined
      ? []
      : [`damaged   after line ${damage.line}: ${damage.why}; what came before is here`]),
    ...(nothingWanted(summary)
      ? ['note      no machine got a sample: is it the configuration of this recording?']
      : []),
    ...(late > samples.received * disorder
      ? ['note      many rows are out of order; sort the file by time to have them all in frames']
      : []),
  ];
}

function nothingWanted({ machines }: ReplaySummary): boolean {
  const connected = machines.flatMap(({ signals }) => signals.filter((signal) => signal.connected));
  return connected.length > 0 && connected.every(({ meanAgeMs }) => meanAgeMs === null);
}

/** One machine: how good its signals were, how well its twin followed. */
export function machineText(summary: MachineSummary): string[] {
  const modes = Object.entries(summary.modes).map(([mode, share]) => `${mode} ${percent(share)}`);
  const { last, mean, max } = summary.divergence;
  const wear = Object.entries(summary.wear)
    .filter(([, value]) => value > 0)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
  return [
    '',
    `${summary.machine} (${summary.model})   ${modes.join(', ')}`,
    `divergence ${ratio(mean)} on average, ${ratio(max)} at most, ${ratio(last)} at the end`,
    row('signal', 'good', 'uncertain', 'bad', 'age', 'residual'),
    ...summary.signals.map((signal) => signalRow(signal, summary.outputs)),
    ...(wear.length === 0 ? [] : [`wear: ${wear.join(', ')}`]),
  ];
}

function signalRow(signal: SignalSummary, outputs: readonly OutputSummary[]): string {
  if (!signal.connected) return row(signal.signal, 'no tag', '', '', '', '');
  const output = outputs.find((one) => one.output === signal.signal);
  const age = signal.meanAgeMs === null ? '-' : `${Math.round(signal.meanAgeMs)} ms`;
  return row(
    signal.signal,
    percent(signal.good),
    percent(signal.uncertain),
    percent(signal.bad),
    age,
    residual(output),
  );
}

function residual(output: OutputSummary | undefined): string {
  if (output === undefined) return '';
  if (output.residualRms === null) return 'never compared';
  const error = output.errorRms === null ? '' : ` (${output.errorRms.toPrecision(3)} ${output.unit})`;
  return `${output.residualRms.toFixed(2)} sigma${error}`;
}

function foot(summary: ReplaySummary): string[] {
  const { recorded } = summary;
  return [
    `took      ${summary.wallS} s, ${summary.speed} times as fast as it was, ${summary.samplesPerS} samples/s`,
    `hash      ${summary.hash}${recorded === undefined ? '' : verdict(recorded)}`,
  ];
}

function verdict({
  hash,
  same,
  lostTicks,
  brokenLines,
  version,
}: NonNullable<ReplaySummary['recorded']>): string {
  if (same) return '   as the recorded run said';
  if (lostTicks > 0)
    return `   the recorder had to leave out ${lostTicks} ticks, so it cannot be the recorded ${hash}`;
  if (brokenLines > 0)
    return `   ${brokenLines} lines of the recording are damaged; it said ${hash ?? 'nothing'}`;
  if (hash === null) return '   the recorded run did not end in order, and so said none';
  return `   NOT ${hash}, as the recorded run of gemel ${version} said: was the configuration another?`;
}

function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

function row(
  signal: string,
  good: string,
  uncertain: string,
  bad: string,
  age: string,
  last: string,
): string {
  const cells = `${good.padStart(8)}${uncertain.padStart(11)}${bad.padStart(8)}${age.padStart(10)}`;
  return `  ${signal.padEnd(24)}${cells}  ${last}`.trimEnd();
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function ratio(value: number | null): string {
  return value === null ? '-' : percent(value);
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toFixed(3))} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(2)} h`;
}
