// What the alarms are worth: 200 seeded runs of an hour, six faults and sound machines. Targets: 95 % found within twice
// each fault's time constant, at most one false alarm in 100 machine hours, 90 % attributed right. Takes ten minutes on two quiet cores;
// CAMPAIGN_RUNS asks for fewer, CAMPAIGN_SEED for others, and CAMPAIGN_RECORDS names a folder to keep the samples in.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expected, type Outcome, type Summary, summarise } from '../test/plant/fault-campaign.ts';
import type { RunSpec } from '../test/plant/fault-record.ts';
import { campaignRuns, severities } from '../test/plant/fault-runs.ts';
import type { FaultWorkerData } from '../test/plant/fault-worker.ts';
import type { BenchResult } from './run.ts';

const runsUsual = 8;

export async function bench(): Promise<BenchResult> {
  const count = Number(process.env['CAMPAIGN_RUNS'] ?? runsUsual);
  const runs = campaignRuns(Number(process.env['CAMPAIGN_SEED'] ?? 1), count);
  const threads = Math.min(availableParallelism(), runs.length);
  const hands = Array.from({ length: threads }, (_, hand) => runs.filter((_run, i) => i % threads === hand));
  const outcomes = (await Promise.all(hands.map(meetAll))).flat();
  tellMisses(outcomes);
  return {
    title: `Fault campaign, ${count} runs of an hour`,
    head: [
      'what',
      'runs',
      'severity',
      'time constant',
      'in twice that',
      'delay p50',
      'p95',
      'attributed',
      'at once',
    ],
    rows: rowsOf(summarise(outcomes)),
  };
}

function meetAll(runs: readonly RunSpec[]): Promise<Outcome[]> {
  const data: FaultWorkerData = { runs, folder: process.env['CAMPAIGN_RECORDS'] ?? '' };
  const worker = new Worker(new URL('../test/plant/fault-worker.ts', import.meta.url), { workerData: data });
  const outcomes: Outcome[] = [];
  return new Promise((resolve, reject) => {
    worker.on('message', (outcome: Outcome) => outcomes.push(outcome));
    worker.on('error', reject);
    worker.on('exit', () => resolve(outcomes));
  });
}

function rowsOf(summary: Summary): string[][] {
  const { lines, faultRuns, healthyRuns, detection, attribution, healthyH, falseAlarms, falsePer100H } =
    summary;
  const faults = lines.map((line) => {
    const [least, most] = severities[line.fault] ?? [1, 1];
    return [
      line.fault,
      String(line.runs),
      least === most ? String(most) : `${least} to ${most}`,
      `${expected[line.fault].tauS} s: ${expected[line.fault].why}`,
      `${line.inTime} of ${line.runs}`,
      seconds(line.p50S),
      seconds(line.p95S),
      `${line.attributed} of ${line.runs}`,
      `${line.atOnce} of ${line.runs}`,
    ];
  });
  const none = ['', '', '', ''];
  return [
    ...faults,
    ['all faults', String(faultRuns), '', '', percent(detection), '', '', percent(attribution), ''],
    ['sound machines', String(healthyRuns), '', '', ...none, ''],
    [
      ...['false alarms', String(falseAlarms), '', `in ${healthyH.toFixed(1)} h without a fault`],
      ...[`${falsePer100H.toFixed(2)} in 100 h`, '', '', '', ''],
    ],
  ];
}

/** What went wrong, run by run: a seed is all it takes to see it again. */
function tellMisses(outcomes: readonly Outcome[]): void {
  for (const { spec, falseAlarms, found, settled } of outcomes) {
    const told = falseAlarms.map(({ atS, id, cause }) => `false: ${id} at ${atS.toFixed(1)} s (${cause})`);
    if (spec.fault !== undefined) {
      const { tauS, cause } = expected[spec.fault];
      if (found === undefined) told.push('never found');
      else if (found.shownS > 2 * tauS) told.push(`late: ${found.id} after ${seconds(found.shownS)}`);
      if (found !== undefined && settled !== cause)
        told.push(`blamed on ${settled}: ${found.id}: ${found.reasons.join('; ')}`);
    }
    for (const text of told) process.stderr.write(`seed ${spec.seed}, ${spec.fault ?? 'sound'}: ${text}\n`);
  }
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
