// All detectors of one machine: from a frame to what they state of it, condition by condition. Learns beside the twin
// and never touches it.

import { type EvidenceRing, keepEvidence, keepLink, newEvidenceRing } from '../attribute/evidence.ts';
import { type Condition, newStanding, type Standing, stand } from '../finding.ts';
import type { Frame } from '../frame.ts';
import type { Track, TrackPolicy } from '../track.ts';
import { parametersOf, type Twin } from '../twin.ts';
import type { TwinNews } from '../twin-command.ts';
import { newVerdict, type Verdict } from './detector.ts';
import { type LimitsState, limits } from './limits.ts';
import { type Holds, holdAdopted, letGo, newHolds, passTime, release } from './machine/hold.ts';
import type { DetectionOptions, SignalOrigin } from './machine/options.ts';
import { forgetPattern, newPattern, type Pattern, watchPattern } from './machine/pattern.ts';
import { type DetectionPlan, planDetection } from './machine/plan.ts';
import {
  forgetUsual,
  newResidualWatch,
  type ResidualWatch,
  relearnUsual,
  residualScore,
  watchResiduals,
} from './machine/residual.ts';
import { newShakes, type Shakes, shakesMore, usualShake, watchShakes } from './machine/shake.ts';
import { newSilence, type Silence, watchSilence } from './machine/silence.ts';
import { newSlow, type Slow, takeTick } from './machine/slow.ts';
import { newSpikes, type Spikes, watchSpikes } from './machine/spikes.ts';
import { newStuck, type Stuck, watchStuck } from './machine/stuck.ts';
import { lookAt, newSight, type Sight } from './machine/view.ts';
import { newWanted, stateWanted, type Wanted, watchWanted } from './machine/wanted.ts';
import { stateWear } from './machine/wear.ts';

export type { DetectionOptions, LimitOption, SignalOrigin } from './machine/options.ts';

export interface DetectionSetup {
  readonly frame: Frame;
  readonly periodS: number;
  /** By row: the source and, of several devices behind one source, the device whose samples come together; '' for none. */
  readonly origins?: readonly SignalOrigin[];
  /** By row: undefined for one that no tag feeds. Absent: what `origins` say. */
  readonly policies?: readonly (TrackPolicy | undefined)[];
  readonly options?: DetectionOptions;
}

export interface Detection {
  /** Constant. */
  readonly conditions: readonly Condition[];
  readonly standing: Standing;
  /** What was seen lately, for `evidenceOf` and `attribute`. */
  readonly evidence: EvidenceRing;
  readonly plan: DetectionPlan;
  readonly origins: readonly SignalOrigin[];
  readonly sight: Sight;
  readonly slow: Slow;
  readonly limits: LimitsState;
  readonly limitVerdict: Verdict;
  readonly silence: Silence;
  readonly stuck: Stuck;
  readonly spikes: Spikes;
  readonly residuals: ResidualWatch;
  readonly shakes: Shakes;
  readonly holds: Holds;
  /** Undefined where too little comes for it. */
  readonly pattern: Pattern | undefined;
  readonly wanted: readonly Wanted[];
  /** By output: of what is judged by its residual; NaN for others. */
  readonly sigma: Float64Array;
  /** By output: what is stated of its residual, by itself or because it is held. */
  readonly stated: Uint8Array;
  /** [seconds the twin has tracked since its parameters were set] */
  readonly tracked: Float64Array;
}

/** A twin has to have followed for so long before it is news that it does not. */
export const tracksS = 600;

export function newDetection(setup: DetectionSetup): Detection {
  const { frame, periodS, options = { enabled: true } } = setup;
  const { model, signals, parameters } = frame.machine;
  const nowhere: SignalOrigin = { source: '', device: '' };
  const origins = signals.map((_, row) => setup.origins?.[row] ?? nowhere);
  const plan = planDetection({ frame, origins, options, policies: setup.policies ?? [] });
  const { conditions, devices, sources, residual } = plan;
  const modes = model.behaviour?.names.length ?? 1;
  const outputs = model.outputs.length;
  return {
    ...{ conditions, plan, origins },
    standing: newStanding(conditions.length),
    evidence: newEvidenceRing(frame, periodS),
    sight: newSight(frame),
    slow: newSlow(signals.length, periodS),
    limits: limits.create({ columns: signals.length, modes: 1, periodS }, { limits: plan.limits }),
    limitVerdict: newVerdict(signals.length),
    silence: newSilence(setup.policies ?? [], signals.length, devices.length, sources.length),
    stuck: newStuck(signals.length, modes),
    spikes: newSpikes(outputs),
    residuals: newResidualWatch(
      model.outputs.map(({ observes }) => observes === undefined),
      modes,
      options.sensitivity ?? 1,
    ),
    shakes: newShakes(plan.shaking, modes, options.sensitivity ?? 1),
    pattern:
      plan.pattern < 0
        ? undefined
        : newPattern(
            signals.length,
            modes,
            Math.max(1, periodS),
            conditions[plan.pattern]!.rows,
            plan.hasForest,
          ),
    wanted: newWanted(plan.wanted, signals, modes, periodS),
    holds: newHolds(model, parameters ?? parametersOf(model)),
    sigma: Float64Array.from(residual, (condition, o) =>
      condition < 0 ? Number.NaN : (signals[model.inputs.length + o]!.sigma ?? Number.NaN),
    ),
    stated: new Uint8Array(outputs),
    tracked: new Float64Array(1),
  };
}

/** After the twin's step, once a tick. */
export function detectFrame(
  detection: Detection,
  frame: Frame,
  twin: Twin,
  tracks: readonly (Track | undefined)[],
  dtS: number,
): void {
  keepEvidence(detection.evidence, frame);
  if (detection.conditions.length === 0) return;
  const { plan, sight, slow, residuals, stated, spikes, sigma, holds } = detection;
  const { behaviour } = frame;
  lookAt(sight, frame, tracks, dtS, behaviour);
  limits.observe(detection.limits, sight.view, detection.limitVerdict);
  watchSilence(detection.silence, sight.view, sight.seenMs, plan.fed, plan.devices);
  watchStuck(detection.stuck, frame, tracks, plan.stuck, behaviour);
  watchSpikes(spikes, frame, tracks, sigma, dtS);
  watchWanted(detection.wanted, sight.view, true);
  if (takeTick(slow, sight.view, behaviour)) {
    watchResiduals(residuals, slow.view, sight.inputs);
    watchShakes(detection.shakes, slow.view);
    if (detection.pattern !== undefined) watchPattern(detection.pattern, slow.view);
    watchWanted(detection.wanted, slow.view, false);
  }
  passTime(holds, residuals, dtS);
  for (let o = 0; o < stated.length; o++)
    stated[o] = residuals.level[o] === 1 || holds.heldBy[o]! >= 0 ? 1 : 0;
  stateLimits(detection);
  stateWear(plan.wears, twin, detection.standing);
  stateSensors(detection);
  stateShakes(detection);
  stateTwin(detection, frame, dtS);
  stateWanted(detection.wanted, plan.wanted, detection.standing);
}

function stateLimits({ plan, limits: { level, score, value, bound }, standing }: Detection): void {
  for (let l = 0; l < plan.limits.length; l++) {
    const { condition, column } = plan.limits[l]!;
    if (condition >= 0) stand(standing, condition, level[l]!, score[l]!, value[l]!, bound[l]!, column);
  }
}

/** The widest that explains a silence states it, and it alone. */
function stateSensors({ plan, silence, stuck, spikes, sight, standing }: Detection): void {
  const { devices, silent, linkCondition } = plan;
  const { view, inputs } = sight;
  for (let s = 0; s < linkCondition.length; s++) {
    const c = linkCondition[s]!;
    if (c >= 0)
      stand(
        standing,
        c,
        silence.up[s] === 0 ? 1 : 0,
        silence.up[s] === 0 ? 1 : 0,
        Number.NaN,
        Number.NaN,
        -1,
      );
  }
  for (let d = 0; d < devices.length; d++) {
    const { condition, rows, source } = devices[d]!;
    const away = linkCondition[source]! >= 0 && silence.up[source] === 0;
    const whole = condition >= 0 && silence.deviceSilent[d] === 1;
    if (condition >= 0) {
      const is = whole && !away ? 1 : 0;
      stand(standing, condition, is, is, Number.NaN, Number.NaN, rows[0] ?? -1);
    }
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const c = silent[row]!;
      if (c < 0) continue;
      const is = silence.silent[row] === 1 && !whole && !away ? 1 : 0;
      stand(standing, c, is, is, view.ageS[row]!, Number.NaN, row);
    }
  }
  for (let row = 0; row < plan.stuck.length; row++) {
    const c = plan.stuck[row]!;
    if (c >= 0) stand(standing, c, stuck.level[row]!, stuck.level[row]!, stuck.value[row]!, Number.NaN, row);
  }
  for (let o = 0; o < plan.spikes.length; o++) {
    const c = plan.spikes[o]!;
    if (c < 0) continue;
    const score = Math.min(1, spikes.count[o]! / 5);
    stand(standing, c, spikes.level[o]!, score, spikes.largest[o]!, Number.NaN, inputs + o);
  }
}

function stateShakes({ plan, shakes, standing }: Detection): void {
  for (let i = 0; i < plan.shaking.length; i++) {
    const c = plan.shakes[i]!;
    if (c < 0) continue;
    const level = shakesMore(shakes, i) ? 1 : 0;
    const score = level === 1 || shakes.watch.level[i] === 0 ? residualScore(shakes.watch, i) : 0;
    stand(standing, c, level, score, shakes.value[i]!, usualShake(shakes, i), plan.shaking[i]!);
  }
}

function stateTwin(detection: Detection, frame: Frame, dtS: number): void {
  const { plan, residuals, stated, standing, sigma, tracked, sight } = detection;
  for (let o = 0; o < stated.length; o++) {
    const c = plan.residual[o]!;
    if (c < 0) continue;
    const score = stated[o] === 1 ? Math.max(0.5, residualScore(residuals, o)) : residualScore(residuals, o);
    stand(standing, c, stated[o]!, score, residuals.off[o]! * sigma[o]!, Number.NaN, sight.inputs + o);
  }
  if (detection.pattern !== undefined) {
    const { level, score, column } = detection.pattern;
    stand(standing, plan.pattern, level, score, Number.NaN, Number.NaN, column);
  }
  const apart = frame.mode === 'diverged' || frame.mode === 'recalibrating';
  if (!apart && frame.mode !== 'offline') tracked[0] = Math.min(tracksS, tracked[0]! + dtS);
  if (plan.divergence < 0) return;
  const is = apart && tracked[0]! >= tracksS ? 1 : 0;
  const row = frame.worst < 0 ? -1 : sight.inputs + frame.worst;
  const score = is === 1 ? Math.min(1, 0.5 + frame.divergence) : 0;
  stand(standing, plan.divergence, is, score, frame.divergence, Number.NaN, row);
}

/** What calibration and wear have told of this machine in this tick, before the frame is looked at. */
export function hearNews(detection: Detection, twin: Twin, news: TwinNews): void {
  const { holds, residuals } = detection;
  if (news.kind === 'replaced') letGo(holds, twin);
  if (news.kind !== 'recalibrated') return;
  holdAdopted(holds, twin, news.group);
  const g = holds.groupNames.indexOf(news.group);
  const outputs = residuals.byMode.length;
  for (let o = 0; o < outputs; o++)
    if (holds.moves[g * outputs + o] === 1) relearnUsual(residuals, o, news.errorBefore - news.errorAfter);
}

/** Whether a condition states a difference to what was usual, and not to a bound or to what has to come. */
export function isLearnt({ plan }: Detection, id: string): boolean {
  const c = plan.conditions.findIndex((condition) => condition.id === id);
  return c >= 0 && (plan.residual.includes(c) || plan.shakes.includes(c) || plan.pattern === c);
}

/** Somebody who knows the machine says that what such a condition states is as it should be: it is learnt anew. */
export function acceptCondition({ plan, ...state }: Detection, id: string): void {
  const c = plan.conditions.findIndex((condition) => condition.id === id);
  const o = plan.residual.indexOf(c);
  const i = plan.shakes.indexOf(c);
  if (o >= 0) {
    release(state.holds, o);
    forgetUsual(state.residuals, o);
  } else if (i >= 0) forgetUsual(state.shakes.watch, i);
  else if (state.pattern !== undefined) forgetPattern(state.pattern);
}

/** A source that feeds the machine came or went; applied between two ticks. */
export function noteLink(detection: Detection, source: string, up: boolean, reason: string): void {
  const { plan, silence, evidence, sight } = detection;
  const s = plan.sources.indexOf(source);
  if (s < 0) return;
  silence.up[s] = up ? 1 : 0;
  keepLink(evidence, { timeMs: evidence.newestMs + sight.lagMs, source, up, reason });
}

/** Somebody has set the twin's parameters: what was learnt of its residuals is of no use any more. */
export function parametersSet({ holds, residuals, tracked }: Detection, twin: Twin): void {
  letGo(holds, twin);
  for (let o = 0; o < residuals.byMode.length; o++) forgetUsual(residuals, o);
  tracked[0] = 0;
}
