// The tools in the magazine and the force they take: chips of uneven thickness, edges that wear and are
// replaced when they are done.
import type { CutHidden } from './hidden.ts';
import type { Random } from './random.ts';

export interface Tool {
  readonly number: number;
  readonly teeth: number;
  readonly radiusM: number;
}

export const magazine: readonly Tool[] = [
  { number: 1, teeth: 5, radiusM: 0.02 },
  { number: 2, teeth: 3, radiusM: 0.008 },
  { number: 3, teeth: 4, radiusM: 0.006 },
  { number: 4, teeth: 2, radiusM: 0.005 },
];

export interface CutState {
  /** By tool, 0 new to 1 worn out. */
  readonly wear: number[];
  replaced: number;
  /** Share of the programmed engagement the tool is really in: it enters and leaves gradually. */
  engaged: number;
  chip: number;
  powerW: number;
  torqueNm: number;
  feedForceN: number;
}

export interface Engagement {
  readonly tool: number;
  readonly feedMmPerS: number;
  readonly depthMm: number;
  readonly widthMm: number;
}

const entryS = 0.15;
const chipTauS = 0.2;
const lifeMPerMin = 250;

export function newCut(hidden: CutHidden): CutState {
  return {
    wear: [...hidden.wearAtStart],
    replaced: 0,
    engaged: 0,
    chip: 0,
    powerW: 0,
    torqueNm: 0,
    feedForceN: 0,
  };
}

export function stepCut(
  cut: CutState,
  hidden: CutHidden,
  engagement: Engagement,
  spindleRadPerS: number,
  dullness: number,
  random: Random,
  dtS: number,
): void {
  const { tool, feedMmPerS, depthMm, widthMm } = engagement;
  const wanted = depthMm > 0 && widthMm > 0 ? 1 : 0;
  cut.engaged += (wanted - cut.engaged) * (1 - Math.exp(-dtS / entryS));
  cut.chip += -cut.chip * (dtS / chipTauS) + random.gauss() * Math.sqrt((2 * dtS) / chipTauS);
  const wear = cut.wear[tool - 1] ?? 0;
  if (wanted === 0 || spindleRadPerS < 20) {
    cut.powerW = 0;
    cut.torqueNm = 0;
    cut.feedForceN = 0;
    return;
  }
  const kc = hidden.kcNPerMm2 * (1 + hidden.kcGrowthAtFullWear * wear) * dullness;
  const chips = Math.max(0, 1 + hidden.chipVariation * cut.chip);
  // N/mm² · mm³/s = N·mm/s.
  cut.powerW = (kc * depthMm * widthMm * feedMmPerS * cut.engaged * chips) / 1000;
  cut.torqueNm = cut.powerW / spindleRadPerS;
  cut.feedForceN = (cut.torqueNm / magazine[tool - 1]!.radiusM) * hidden.feedForceShare;
  wearOn(cut, hidden, tool, spindleRadPerS, dtS);
}

/** Taylor's life, by cutting speed, with a run-in and a steep end; a worn edge is exchanged before the next part. */
function wearOn(cut: CutState, hidden: CutHidden, tool: number, spindleRadPerS: number, dtS: number): void {
  const speedMPerMin = spindleRadPerS * magazine[tool - 1]!.radiusM * 60;
  const lifeS = 60 * hidden.toolLifeMin * (speedMPerMin / lifeMPerMin) ** -hidden.speedExponent;
  const wear = cut.wear[tool - 1]!;
  const zone = wear < 0.1 ? 2 : wear > 0.8 ? 2.5 : 1;
  const next = wear + (zone * cut.engaged * dtS) / lifeS;
  if (next < 1) {
    cut.wear[tool - 1] = next;
    return;
  }
  cut.wear[tool - 1] = 0;
  cut.replaced++;
}
