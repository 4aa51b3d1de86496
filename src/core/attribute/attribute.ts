// Whose fault a finding is: the machine's, a sensor's, or of what carries its word. From the pattern around it, and in
// words: who reads an alarm is told why. Never decides whether there is one.
import { unitText } from '../alarm/texts.ts';
import type { Detection } from '../detect/detection.ts';
import type { Attribution, Cause } from '../finding.ts';
import type { Frame } from '../frame.ts';
import { companionsOf, isSlow, jumpOf, quietOnesOf } from './pattern.ts';
import { silenceOf, silentInput } from './silence.ts';

/**
 * At the raise of the condition with this index, and again when the ten seconds after it have passed: `raiseMs` is the
 * time of the frame it was raised at, `row` the one that contributed most (-1: none).
 */
export function attribute(
  detection: Detection,
  frame: Frame,
  condition: number,
  row: number,
  raiseMs: number,
): Attribution {
  const about = detection.conditions[condition]!;
  const { detector, rows } = about;
  const worn = detection.plan.wears.find((wear) => wear.condition === condition);
  if (worn !== undefined) return reckoned(worn.component);
  const main = row >= 0 ? row : (rows[0] ?? -1);
  if (detector === 'link') return lost(detection, rows);
  if (main < 0) return unknown;
  if (detector === 'silent') return silenceOf(detection, frame, main, rows);
  const scene = { detection, frame, row: main, raiseMs };
  if (detector === 'stuck') return stuckOf(scene) ?? unknown;
  return (
    lostOf(scene) ??
    stuckOf(scene) ??
    spikesOf(scene, detector === 'robust-z') ??
    inputOf(scene) ??
    jumped(scene) ??
    (detector === 'limits' ? foretold(scene) : undefined) ??
    inTheMachine(scene)
  );
}

interface Scene {
  readonly detection: Detection;
  readonly frame: Frame;
  readonly row: number;
  readonly raiseMs: number;
}

const unknown: Attribution = { cause: 'unknown', confidence: 0, reasons: [] };

function because(cause: Cause, confidence: number, ...reasons: string[]): Attribution {
  return { cause, confidence, reasons };
}

function nameOf(frame: Frame, row: number): string {
  return frame.machine.signals[row]!.name;
}

function unitOf(frame: Frame, row: number): string {
  return unitText(frame.machine.signals[row]!.unit);
}

function lost({ plan, evidence, origins }: Detection, rows: readonly number[]): Attribution {
  const source = origins[rows[0] ?? -1]?.source ?? '';
  const link = evidence.links.findLast((one) => one.source === source && !one.up);
  const others = plan.sources.length > 1 ? ['it is about the way to this source, not about the machine'] : [];
  const why = link === undefined || link.reason === '' ? '' : `: ${link.reason}`;
  return because('comms', 0.98, `the source ${source} is away${why}`, ...others);
}

/** No sensor has a part in it. */
function reckoned(component: string): Attribution {
  return because('machine', 0.8, `the twin has added up what ${component} has done since it was new`);
}

/** What is judged of a signal whose word does not come is about its way. */
function lostOf({ detection, frame, row }: Scene): Attribution | undefined {
  const { plan, origins, silence } = detection;
  const { source, device } = origins[row]!;
  const s = plan.sources.indexOf(source);
  if (s >= 0 && silence.up[s] === 0) return because('comms', 0.9, `the source ${source} is away`);
  const d = plan.devices.findIndex((one) => one.rows.includes(row));
  if (d >= 0 && silence.deviceSilent[d] === 1)
    return because('comms', 0.85, `nothing comes of ${device === '' ? source : device}`);
  if (silence.silent[row] === 1) return silenceOf(detection, frame, row, [row]);
  return undefined;
}

function stuckOf({ detection, frame, row }: Scene): Attribution | undefined {
  const { stuck, plan, sight } = detection;
  if (stuck.level[row] !== 1) return undefined;
  const { sigma = 0 } = frame.machine.signals[row]!;
  const unit = unitOf(frame, row);
  const times = stuck.run[row]! + 1;
  const forS = (stuck.seenMs[row]! - stuck.sinceMs[row]!) / 1000;
  const said = `${nameOf(frame, row)} has said ${number(stuck.value[row]!)} ${unit} ${times} times in ${number(forS)} s, and used to change`;
  const moved = stuck.high[row]! - stuck.low[row]!;
  const expected =
    moved > 3 * sigma && sigma > 0 ? [`the twin expected it to move by ${number(moved)} ${unit}`] : [];
  const device = plan.devices.find(({ rows }) => rows.includes(row))?.rows ?? [row];
  const others = device.filter((one) => one !== row && plan.stuck[one]! >= 0);
  const alike = others.filter((one) => stuck.level[one] === 1);
  if (others.length > 0 && alike.length === others.length)
    return because('comms', 0.75, `all ${device.length} signals of its device stand still together`, said);
  const alive = others.length > 0 && alike.length === 0 && sight.view.ageS[others[0]!]! < 60;
  return because('sensor', 0.93, said, ...expected, ...(alive ? ['the others of its device move on'] : []));
}

/** Between one spike and none: that makes a sensor suspect where nothing else is off. */
const spikesSome = 0.7;

function spikesOf({ detection, frame, row }: Scene, isAboutSpikes: boolean): Attribution | undefined {
  const { spikes, sight } = detection;
  const o = row - sight.inputs;
  if (!(o >= 0 && o < spikes.level.length)) return undefined;
  if (spikes.level[o] === 0 && spikes.count[o]! < spikesSome) return undefined;
  // What spikes cannot explain is that others are off as well.
  if (!isAboutSpikes && companionsOf(detection, frame, row).length > 0) return undefined;
  const unit = unitOf(frame, row);
  const height = `${nameOf(frame, row)} stands out by up to ${number(spikes.largest[o]!)} ${unit} for one sample and is back with the next`;
  const sure = spikes.level[o] === 1 ? 0.93 : 0.75;
  return because('sensor', sure, height, 'nothing the twin knows of moves so fast and back');
}

/** What drives the twin does not come, or stands still: what it predicts is not about now. */
function inputOf({ detection, frame, row }: Scene): Attribution | undefined {
  const { stuck, sight } = detection;
  if (row < sight.inputs) return undefined;
  for (let input = 0; input < sight.inputs; input++) {
    if (stuck.level[input] === 1)
      return because('sensor', 0.6, `${nameOf(frame, input)}, which the twin goes by, stands still`);
  }
  const silent = silentInput(detection);
  if (silent < 0) return undefined;
  return because('comms', 0.6, `${nameOf(frame, silent)}, which the twin goes by, does not come`);
}

/** Heat takes its time: what leaps is no temperature. */
function jumped(scene: Scene): Attribution | undefined {
  const { detection, frame, row, raiseMs } = scene;
  if (!isSlow(frame, row)) return undefined;
  const jump = jumpOf(detection, frame, row, raiseMs);
  if (jump === undefined) return undefined;
  const quiet = quietOnesOf(detection, frame, row);
  const unit = unitOf(frame, row);
  const words = `${nameOf(frame, row)} leapt by ${number(jump)} ${unit} within a second and stayed there`;
  const others = quiet.length > 0 ? [`${listed(frame, quiet)} did not move with it`] : [];
  return because('sensor', 0.85, words, 'no part warms or cools so fast', ...others);
}

/** Beyond a limit, and the twin says the same: it is so. */
function foretold({ detection, frame, row }: Scene): Attribution | undefined {
  const { sight, residuals } = detection;
  const o = row - sight.inputs;
  if (!(o >= 0 && o < frame.residual.length) || Number.isNaN(frame.residual[o]!)) return undefined;
  if (Math.abs(residuals.shift[o]!) > 2 || detection.stated[o] === 1) return undefined;
  return because('machine', 0.85, `the twin expects ${nameOf(frame, row)} to be there too: it is the load`);
}

/** What comes of one cause comes within so long. */
const secondLookMs = 8000;

function inTheMachine({ detection, frame, row, raiseMs }: Scene): Attribution {
  const { sight, holds } = detection;
  const name = nameOf(frame, row);
  const o = row - sight.inputs;
  if (!(o >= 0 && o < frame.residual.length))
    return because('unknown', 0.3, `the twin says nothing of ${name}`);
  const companions = companionsOf(detection, frame, row);
  const held =
    holds.heldBy[o]! >= 0 ? ['the twin has learnt it since: its parameters are not what they were'] : [];
  if (companions.length > 0) {
    const sure = Math.min(0.95, 0.75 + 0.1 * companions.length);
    return because(
      'machine',
      sure,
      `${listed(frame, [row, ...companions])} are off together`,
      'one sensor does not do that',
      ...held,
    );
  }
  const quiet = quietOnesOf(detection, frame, row);
  // At the raise the others may just be on their way; by the second look they are not.
  const isEarly = frame.timeMs - raiseMs < secondLookMs;
  if (!isEarly && !isSlow(frame, row) && quiet.length > 0) {
    const words = `${name} is off, while ${listed(frame, quiet)}, which it would move, ${quiet.length > 1 ? 'are' : 'is'} as ever`;
    return because('sensor', 0.6, words);
  }
  const slow = isSlow(frame, row) ? [`${name} went there no faster than heat does`] : [];
  return because(
    'machine',
    isEarly ? 0.5 : 0.6,
    `${name} lastingly differs from what the twin says`,
    ...slow,
    ...held,
  );
}

function listed(frame: Frame, rows: readonly number[]): string {
  const names = rows.slice(0, 4).map((row) => nameOf(frame, row));
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}
