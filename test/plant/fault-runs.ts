// Which runs the fault campaign is made of: eight of each eight seeds in a row, six faults and two sound machines.
// No test of its own.
import type { Fault } from '../../src/plant/fault.ts';
import { newRandom } from '../../src/plant/random.ts';
import type { RunSpec } from './fault-record.ts';

const cast: readonly (Fault | undefined)[] = [
  ...(['bearing', 'cooling', 'dull-tool', 'stuck-sensor', 'silent', 'spike'] as const),
  ...[undefined, undefined],
];

/** What grows goes this far, drawn evenly; what is electrical is there or not. */
export const severities: Partial<Record<Fault, readonly [number, number]>> = {
  bearing: [0.5, 1],
  cooling: [0.5, 1],
  'dull-tool': [0.5, 1],
};
/** A fault comes when the detectors have learnt, and leaves as much of the hour to find it: shares of the run. */
const onset = [0.35, 0.75] as const;

export function campaignRuns(firstSeed: number, count: number, seconds = 3600): RunSpec[] {
  return Array.from({ length: count }, (_, i) => {
    const seed = firstSeed + i;
    const fault = cast[i % cast.length];
    const random = newRandom(`fault-campaign/${seed}`);
    const atS = Math.round(seconds * random.between(...onset) * 10) / 10;
    const [least, most] = (fault && severities[fault]) ?? [1, 1];
    const severity = random.between(least, most);
    return { seed, fault, atS, severity, seconds };
  });
}
