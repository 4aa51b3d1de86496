// Of signals that do not come: whether it is one sensor, or the way of all that come together.
import type { Detection } from '../detect/detection.ts';
import type { Attribution } from '../finding.ts';
import type { Frame } from '../frame.ts';

export function silenceOf(
  { plan, silence, origins, sight }: Detection,
  frame: Frame,
  row: number,
  rows: readonly number[],
): Attribution {
  const { source, device } = origins[row]!;
  const name = frame.machine.signals[row]!.name;
  const what = device === '' ? `the source ${source}` : device;
  const s = plan.sources.indexOf(source);
  if (s >= 0 && silence.up[s] === 0)
    return { cause: 'comms', confidence: 0.95, reasons: [`the source ${source} is away`] };
  const all = plan.devices.find((one) => one.rows.includes(row))?.rows ?? rows;
  const gone = all.filter(
    (one) => silence.silent[one] === 1 || sight.view.ageS[one]! > 1.5 * silence.pauseS[one]! + 1,
  );
  const still = plan.devices.some(
    (one) => !one.rows.includes(row) && one.rows.some((r) => sight.view.ageS[r]! < 2),
  );
  const elsewhere = still ? ['others still come: it is about the way of these'] : [];
  if (all.length > 1 && gone.length === all.length)
    return {
      cause: 'comms',
      confidence: 0.93,
      reasons: [`all ${all.length} signals of ${what} stopped together`, ...elsewhere],
    };
  if (all.length > 1) {
    const reasons = [`${name} does not come, while ${all.length - gone.length} others of ${what} do`];
    return { cause: 'sensor', confidence: 0.75, reasons };
  }
  return {
    cause: 'comms',
    confidence: 0.6,
    reasons: [`${name} does not come; nothing else comes that way`, ...elsewhere],
  };
}

/** An input of the twin that does not come; -1 for none. */
export function silentInput({ plan, silence, sight }: Detection): number {
  for (let d = 0; d < plan.devices.length; d++) {
    if (silence.deviceSilent[d] === 0) continue;
    const input = plan.devices[d]!.rows.find((row) => row < sight.inputs);
    if (input !== undefined) return input;
  }
  for (let row = 0; row < sight.inputs; row++) if (silence.silent[row] === 1) return row;
  return -1;
}
