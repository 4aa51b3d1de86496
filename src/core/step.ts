// align → derive → twin → calibrate → wear → detect → alarm: the only function that moves time. It is handed a tick and the samples
// that belong to it, and leaves one frame a machine. The same ticks and samples leave the same bits, live or replayed.

import { type AlarmBook, liveAlarms, newAlarmBook } from './alarm/book.ts';
import { hashBook } from './alarm/memory.ts';
import type { AlarmOptions } from './alarm/policy.ts';
import type { AlarmChange } from './alarm.ts';
import { type Alignment, alignFrame, insertSamples, newAlignment } from './align.ts';
import { calibrateFrame } from './calibrate/calibrate.ts';
import {
  type CalibrationOptions,
  type Calibrator,
  hashCalibrator,
  newCalibrator,
} from './calibrate/calibrator.ts';
import { type Derivation, type DerivationSetup, deriveFrame, newDerivation } from './derive/derivation.ts';
import {
  type Detection,
  type DetectionOptions,
  detectFrame,
  hearNews,
  newDetection,
  type SignalOrigin,
} from './detect/detection.ts';
import { hashDetection } from './detect/machine/memory.ts';
import type { Condition } from './finding.ts';
import { followFrame, newSensors, type Sensors, tellDivergence } from './follow.ts';
import { type Frame, type MachineLayout, newFrame, twinModes } from './frame.ts';
import { type Hash, hashNumber, hashNumbers, hashText, newHash } from './hash.ts';
import type { SampleColumns } from './sample.ts';
import type { TrackPolicy } from './track.ts';
import { newTwin, snapshotTwin, type Twin } from './twin.ts';
import type { TwinNews } from './twin-command.ts';
import { usualGapMaxS, watchOrWait } from './wear/gap.ts';
import { hashWatch } from './wear/memory.ts';
import { newWearWatch, type WearWatch } from './wear/watch.ts';

/** Nobody has taken them for so long that the oldest are of no use. */
const newsMax = 256;
/** Alarms are few, but a thousand at once must all be told: whoever tells them takes them out each tick. */
const alarmChangesMax = 16_384;

export interface MachineSetup {
  readonly layout: MachineLayout;
  /** By signal, and beyond for what derived signals need; undefined for one that no tag feeds. */
  readonly policies: readonly (TrackPolicy | undefined)[];
  readonly derivation?: DerivationSetup;
  /** By signal: whether the twin cannot do without it. */
  readonly required?: readonly boolean[];
  /** Absent: on, with the limits it comes with. */
  readonly calibration?: CalibrationOptions;
  /** By signal: where it comes from. */
  readonly origins?: readonly SignalOrigin[];
  /** Absent: on, with all that is sensible. */
  readonly detection?: DetectionOptions;
  /** Absent: as the conditions say. */
  readonly alarms?: AlarmOptions;
}

export interface Core {
  /** Nominal time of tick 0. */
  readonly startMs: number;
  readonly periodMs: number;
  readonly frames: readonly Frame[];
  readonly twins: readonly Twin[];
  /** Samples that came too late for a frame. */
  late: number;
  readonly alignment: Alignment;
  /** By machine; undefined for one without derived signals. */
  readonly derivations: readonly (Derivation | undefined)[];
  readonly sensors: readonly Sensors[];
  readonly calibrators: readonly Calibrator[];
  readonly watches: readonly WearWatch[];
  /** What the twins have to say, oldest first; whoever tells it takes it out. */
  readonly news: TwinNews[];
  readonly detections: readonly Detection[];
  readonly books: readonly AlarmBook[];
  /** What has become of alarms, oldest first; whoever tells it takes it out. */
  readonly alarmChanges: AlarmChange[];
  /** By machine: how many ticks later a frame is made than the time it describes. */
  readonly lagTicks: readonly number[];
  /** For so long a machine that was at work is taken to have worked on while nobody watched. */
  readonly gapMaxS: number;
  readonly hash: Hash;
  lastTick: number;
}

export interface CoreSetup {
  readonly startMs: number;
  readonly periodMs: number;
  readonly machines: readonly MachineSetup[];
  /** Absent: an hour. */
  readonly gapMaxS?: number;
}

export function newCore(setup: CoreSetup): Core {
  const layouts = setup.machines.map((machine) => machine.layout);
  const frames = layouts.map(newFrame);
  const detections = setup.machines.map(({ origins, policies, detection: options }, m) =>
    newDetection({
      ...{ frame: frames[m]!, periodS: setup.periodMs / 1000, policies },
      ...(origins !== undefined && { origins }),
      ...(options !== undefined && { options }),
    }),
  );
  return {
    startMs: setup.startMs,
    periodMs: setup.periodMs,
    frames,
    twins: layouts.map((layout) => newTwin(layout.model, layout.parameters)),
    late: 0,
    alignment: newAlignment(setup.machines.map((machine) => machine.policies)),
    derivations: setup.machines.map(({ derivation }) => derivation && newDerivation(derivation)),
    sensors: setup.machines.map(sensorsOf),
    calibrators: setup.machines.map((machine, m) => calibratorOf(machine, m, setup.periodMs)),
    watches: layouts.map(({ model }) => newWearWatch(model)),
    news: [],
    detections,
    books: detections.map(({ conditions }, m) => bookOf(setup.machines[m]!, conditions)),
    alarmChanges: [],
    lagTicks: layouts.map((layout) => Math.round(layout.lagMs / setup.periodMs)),
    gapMaxS: setup.gapMaxS ?? usualGapMaxS,
    hash: newHash(),
    lastTick: -1,
  };
}

function bookOf(
  { layout, origins, alarms: options }: MachineSetup,
  conditions: readonly Condition[],
): AlarmBook {
  return newAlarmBook({ machine: layout.id, conditions, layout, origins, options });
}

function sensorsOf({ layout: { model, signals }, required }: MachineSetup): Sensors {
  const { length } = model.inputs;
  return newSensors(model, signals.slice(length, length + model.outputs.length), required);
}

function calibratorOf({ layout, calibration }: MachineSetup, machine: number, periodMs: number): Calibrator {
  const { model, signals, parameters } = layout;
  const outputs = signals.slice(model.inputs.length, model.inputs.length + model.outputs.length);
  return newCalibrator({
    ...{ machine, model, parameters, outputs, periodS: periodMs / 1000 },
    ...(calibration !== undefined && { options: calibration }),
  });
}

/** When tick `tick` is due, in gateway time: it takes the samples received up to then. */
export function dueMs(core: Core, tick: number): number {
  return core.startMs + tick * core.periodMs;
}

/** Ticks may be skipped, never repeated: the twin then takes one longer step. */
export function step(core: Core, tick: number, samples: SampleColumns): readonly Frame[] {
  if (tick <= core.lastTick) throw new RangeError(`tick ${tick} after tick ${core.lastTick}`);
  core.late += insertSamples(core.alignment, samples);
  // Before its first tick the core has no past: that one is an ordinary step, whatever its number.
  const elapsedTicks = core.lastTick < 0 ? 1 : tick - core.lastTick;
  const dtS = (elapsedTicks * core.periodMs) / 1000;
  for (let m = 0; m < core.frames.length; m++) {
    const frame = core.frames[m]!;
    frame.tick = tick - core.lagTicks[m]!;
    frame.timeMs = core.startMs + frame.tick * core.periodMs;
    alignFrame(core.alignment.tracks[m]!, frame);
    const derivation = core.derivations[m];
    if (derivation !== undefined) deriveFrame(derivation, core.alignment.tracks[m]!, frame);
    const twin = core.twins[m]!;
    followFrame(twin, core.sensors[m]!, frame, dtS);
    if (tellDivergence(twin, frame)) core.news.push(divergenceNews(frame, m));
    const heard = core.news.length;
    calibrateFrame(core.calibrators[m]!, twin, core.sensors[m]!, frame, dtS, core.news);
    watchOrWait(core.watches[m]!, twin, dtS, core.gapMaxS, m, core.news);
    const [detection, tracks] = [core.detections[m]!, core.alignment.tracks[m]!];
    for (let n = heard; n < core.news.length; n++) hearNews(detection, twin, core.news[n]!);
    detectFrame(detection, frame, twin, tracks, dtS);
    liveAlarms(core.books[m]!, detection.standing, frame, dtS, core.alarmChanges, detection);
    hashFrame(core.hash, frame);
    hashNumbers(core.hash, detection.standing.level);
    hashNumbers(core.hash, detection.standing.score);
  }
  const untold = core.alarmChanges.length - alarmChangesMax;
  if (untold > 0) core.alarmChanges.splice(0, untold);
  if (core.news.length > newsMax) core.news.splice(0, core.news.length - newsMax);
  core.lastTick = tick;
  return core.frames;
}

function divergenceNews({ machine: { model }, worst, divergence }: Frame, machine: number): TwinNews {
  return { kind: 'diverged', machine, output: model.outputs[worst]!.name, divergence };
}

function hashFrame(hash: Hash, frame: Frame): void {
  hashNumber(hash, frame.timeMs);
  hashNumbers(hash, frame.value);
  hashNumbers(hash, frame.quality);
  hashNumbers(hash, frame.origin);
  hashNumbers(hash, frame.ageMs);
  hashNumbers(hash, frame.twin);
  hashNumbers(hash, frame.residual);
  hashNumber(hash, twinModes.indexOf(frame.mode));
  hashNumber(hash, frame.divergence);
}

/** One text for everything the core has said and is: all frames so far, every twin's numbers and what it learns. */
export function stateHash(core: Core): string {
  const hash = { ...core.hash };
  for (const twin of core.twins) hashNumbers(hash, snapshotTwin(twin));
  for (const calibrator of core.calibrators) hashCalibrator(hash, calibrator);
  for (const watch of core.watches) hashWatch(hash, watch);
  for (const detection of core.detections) hashDetection(hash, detection);
  for (const book of core.books) hashBook(hash, book);
  return hashText(hash);
}
