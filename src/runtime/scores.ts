// How unusual a machine is to each kind of its detectors, for whoever asks now and then.
import type { Core } from '../core/step.ts';

/** Of the newest tick, the highest of each kind. */
export function createScores({ frames, detections }: Core): (machine: string) => Record<string, number> {
  const index = new Map(frames.map(({ machine }, m) => [machine.id, m]));
  return (machine) => {
    const scores: Record<string, number> = {};
    const detection = detections[index.get(machine) ?? -1];
    for (const [c, { detector }] of (detection?.conditions ?? []).entries()) {
      scores[detector] = Math.max(scores[detector] ?? 0, detection!.standing.score[c]!);
    }
    return scores;
  };
}
