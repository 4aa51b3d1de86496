// What the gateway knows of itself and its machines, as the text of a scrape. Pure: reads, keeps nothing.
// Labels are closed sets only (machine, signal, source, sink, reason, mode): never text from outside.
import { type Frame, twinModes } from '../../core/frame.ts';
import { isGood } from '../../core/quality.ts';
import { rejectReasons, remarks } from '../../core/sample.ts';
import type { Health, SinkReport, SourceReport } from '../../ports.ts';
import { addAlarms, alarmSeries, type MachineAlarms, newAlarmFamilies } from './alarms.ts';
import { type Family, newFamily } from './exposition.ts';
import { addHistory, historySeries, newHistoryFamilies } from './history.ts';
import { addOutlook, type Learnt, newOutlookFamilies, outlookSeries } from './outlook.ts';

export interface Scrape {
  readonly health: Health;
  /** Of the last tick; empty before the first. */
  readonly frames: readonly Frame[];
  /** Of a machine, besides its frame. */
  readonly learnt?: ((machine: string) => Learnt) | undefined;
  /** Of a machine. */
  readonly alarms?: ((machine: string) => MachineAlarms) | undefined;
  /** Of a machine: by kind of detector, 0 to 1. */
  readonly scores?: ((machine: string) => Readonly<Record<string, number>>) | undefined;
  readonly nodeVersion: string;
  /** Most series this may make; what does not fit is left out whole (a source, a machine) and named. */
  readonly seriesMax: number;
}

export interface Encoded {
  readonly text: string;
  readonly series: number;
  /** Sources, sinks and machines that did not fit. */
  readonly omitted: readonly string[];
}

const gatewaySeries = 4;
const seriesPerSource = 5 + rejectReasons.length + remarks.length;

export function encode(scrape: Scrape): Encoded {
  const { health, frames, learnt, alarms, nodeVersion, seriesMax } = scrape;
  const families = newAllFamilies();
  const omitted: string[] = [];
  let series = gatewaySeries;
  const take = (what: string, cost: number): boolean => {
    const fits = series + cost <= seriesMax;
    if (fits) series += cost;
    else omitted.push(what);
    return fits;
  };

  families.ticks.add(health.ticks);
  families.ticksMissed.add(health.ticksMissed);
  families.samplesLate.add(health.samplesLate ?? 0);
  families.buildInfo.add(1, health.version, nodeVersion);
  if (health.history !== undefined && take('the history', historySeries))
    addHistory(families, health.history);
  for (const source of health.sources) {
    if (take(`source ${source.source}`, seriesPerSource)) addSource(families, source);
  }
  for (const sink of health.sinks) {
    if (take(`sink ${sink.sink}`, sinkSeries(sink))) addSink(families, sink);
  }
  for (const frame of frames) {
    const { id } = frame.machine;
    const more = learnt?.(id);
    const scores = Object.entries(scrape.scores?.(id) ?? {});
    const alarmCost = (alarms === undefined ? 0 : alarmSeries) + scores.length;
    const cost = machineSeries(frame) + (more === undefined ? 0 : outlookSeries(more)) + alarmCost;
    if (!take(`machine ${id}`, cost)) continue;
    addMachine(families, frame);
    if (alarms !== undefined) addAlarms(families, id, alarms(id));
    for (const [detector, score] of scores) families.anomalyScore.add(score, id, detector);
    if (more !== undefined) addOutlook(families, id, more, health.timeMs);
  }
  const text = Object.values(families)
    .map((family) => family.text())
    .join('');
  return { text, series, omitted };
}

function newAllFamilies() {
  return { ...newFamilies(), ...newHistoryFamilies(), ...newOutlookFamilies(), ...newAlarmFamilies() };
}

function newFamilies() {
  const gauge = (name: string, help: string, labels: readonly string[]): Family =>
    newFamily(`gemel_${name}`, 'gauge', help, labels);
  const counter = (name: string, help: string, labels: readonly string[]): Family =>
    newFamily(`gemel_${name}`, 'counter', help, labels);
  const ofSignal = ['machine', 'signal'];
  return {
    ticks: counter('ticks_total', 'Ticks made since the start.', []),
    ticksMissed: counter(
      'ticks_missed_total',
      'Ticks skipped because the loop was more than a period late.',
      [],
    ),
    samplesLate: counter('samples_late_total', 'Samples that came too late for a frame.', []),
    received: counter('samples_received_total', 'Samples a source delivered.', ['source']),
    rejected: counter('samples_rejected_total', 'Inputs of a source that were not taken, by reason.', [
      'source',
      'reason',
    ]),
    remarked: counter(
      'samples_remarked_total',
      'Samples that were taken with a remark, such as late or out_of_range.',
      ['source', 'remark'],
    ),
    sourceUp: gauge('source_up', '1 while the source is connected, else 0.', ['source']),
    sourceInsecure: gauge(
      'source_insecure',
      '1 while a source runs with less protection than it should, because that is allowed.',
      ['source'],
    ),
    clockOffset: gauge('source_clock_offset_seconds', 'Clock of the gateway minus clock of the source.', [
      'source',
    ]),
    clockDrift: gauge('source_clock_drift_ppm', 'How much too fast the clock of the source runs.', [
      'source',
    ]),
    value: gauge(
      'signal_value',
      'Value of a signal in the last frame, in its own unit; absent when missing.',
      ofSignal,
    ),
    age: gauge('signal_age_seconds', 'Age of the sample behind a signal.', ofSignal),
    good: gauge('signal_good', '1 while the quality of a signal is Good, else 0.', ofSignal),
    twin: gauge('twin_value', 'What the twin predicts for a signal, before any correction.', ofSignal),
    residual: gauge('twin_residual_sigmas', 'Measured minus predicted, in standard deviations.', ofSignal),
    divergence: gauge('twin_divergence_ratio', 'Normalised RMS of the residuals; 0 is a perfect twin.', [
      'machine',
    ]),
    mode: gauge('twin_mode', '1 for the mode the twin is in, 0 for the others.', ['machine', 'mode']),
    behaviour: gauge('machine_behaviour', '1 for what the machine is doing, 0 for all else it may do.', [
      'machine',
      'behaviour',
    ]),
    outboxDepth: gauge('outbox_depth', 'Messages waiting in the outbox of a sink.', ['sink']),
    outboxDropped: counter('outbox_dropped_total', 'Messages a sink gave up, by reason.', ['sink', 'reason']),
    backlog: gauge(
      'backfill_backlog_seconds',
      'Seconds of receipt that the peer of a sink has not been told yet.',
      ['sink'],
    ),
    backfilled: counter('backfill_samples_total', 'Samples a sink told its peer out of history.', ['sink']),
    buildInfo: gauge('build_info', 'Always 1; the labels say what runs.', ['version', 'node']),
  };
}

type Families = ReturnType<typeof newFamilies>;

function addSource(families: Families, report: SourceReport): void {
  families.received.add(report.ledger.received, report.source);
  families.sourceUp.add(report.link === 'up' ? 1 : 0, report.source);
  families.sourceInsecure.add(report.insecure === true ? 1 : 0, report.source);
  families.clockOffset.add(report.clockOffsetMs / 1000, report.source);
  families.clockDrift.add(report.clockDriftPpm, report.source);
  // Every reason from the first scrape on, so that a rate over the first rejection is right.
  for (const reason of rejectReasons) {
    families.rejected.add(report.ledger.rejected[reason], report.source, reason);
  }
  for (const remark of remarks) families.remarked.add(report.remarks[remark], report.source, remark);
}

function addSink(families: Families, report: SinkReport): void {
  families.outboxDepth.add(report.depth, report.sink);
  if (report.backfill !== undefined) {
    families.backlog.add(report.backfill.backlogS, report.sink);
    families.backfilled.add(report.backfill.samples, report.sink);
  }
  for (const [reason, count] of dropsOf(report)) families.outboxDropped.add(count, report.sink, reason);
}

/** Every outbox can overflow, so that reason is there from the first scrape on. */
function dropsOf(report: SinkReport): [reason: string, count: number][] {
  return Object.entries({ overflow: 0, ...report.dropped });
}

function sinkSeries(report: SinkReport): number {
  return 1 + (report.backfill === undefined ? 0 : 2) + dropsOf(report).length;
}

function machineSeries(frame: Frame): number {
  const { signals, model } = frame.machine;
  const states = twinModes.length + (model.behaviour?.names.length ?? 0);
  return 1 + states + 3 * signals.length + 2 * model.outputs.length;
}

function addMachine(families: Families, frame: Frame): void {
  const { id, signals, model } = frame.machine;
  for (const mode of twinModes) families.mode.add(frame.mode === mode ? 1 : 0, id, mode);
  for (const [b, name] of (model.behaviour?.names ?? []).entries()) {
    families.behaviour.add(frame.behaviour === b ? 1 : 0, id, name);
  }
  // An offline twin compares nothing, and its 0 would read as perfect.
  if (frame.mode !== 'offline' && !Number.isNaN(frame.divergence))
    families.divergence.add(frame.divergence, id);
  signals.forEach((signal, i) => {
    families.value.add(frame.value[i]!, id, signal.name);
    families.age.add(frame.ageMs[i]! / 1000, id, signal.name);
    families.good.add(isGood(frame.quality[i]!) && Number.isFinite(frame.value[i]!) ? 1 : 0, id, signal.name);
  });
  model.outputs.forEach((output, i) => {
    families.twin.add(frame.twin[i]!, id, output.name);
    families.residual.add(frame.residual[i]!, id, output.name);
  });
}
