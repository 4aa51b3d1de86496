// What a rolling bearing's geometry says of its faults: how often a turn of the shaft something meets a pit, and
// whether samples that come so fast can show it. Pure.

export const bearingParts = ['outer', 'inner', 'ball', 'cage'] as const;
export type BearingPart = (typeof bearingParts)[number];

export interface BearingGeometry {
  readonly balls: number;
  readonly ballMm: number;
  /** Of the circle on which the balls' centres run. */
  readonly pitchMm: number;
  /** Contact angle. */
  readonly angleDeg: number;
}

/**
 * Events a turn of the inner ring with the outer one at rest: a pit in the outer ring is met by each ball (BPFO), one in
 * the inner ring likewise (BPFI), one in a ball meets both rings in each of its own turns (twice BSF), one in the cage
 * comes round with it (FTF). A spin without sliding; real balls slide by a percent or two.
 */
export function bearingOrders({
  balls,
  ballMm,
  pitchMm,
  angleDeg,
}: BearingGeometry): Record<BearingPart, number> {
  const ratio = (ballMm / pitchMm) * Math.cos((angleDeg * Math.PI) / 180);
  return {
    outer: (balls / 2) * (1 - ratio),
    inner: (balls / 2) * (1 + ratio),
    ball: (pitchMm / ballMm) * (1 - ratio * ratio),
    cage: (1 - ratio) / 2,
  };
}

/** In words what is wrong with a geometry; empty when nothing is. */
export function geometryFault({ balls, ballMm, pitchMm, angleDeg }: BearingGeometry): string {
  if (ballMm >= pitchMm) return `balls of ${ballMm} mm do not fit on a circle of ${pitchMm} mm`;
  const roomMm = Math.PI * pitchMm;
  if (balls * ballMm > roomMm)
    return `${balls} balls of ${ballMm} mm take ${Math.round(balls * ballMm)} mm, and the circle of ${pitchMm} mm has ${Math.round(roomMm)}`;
  if (Math.cos((angleDeg * Math.PI) / 180) <= 0) return `a contact angle of ${angleDeg}° is none`;
  return '';
}

export interface Reach {
  readonly order: number;
  readonly rateHz: number;
  readonly windowMs: number;
  /** The width of the band whose envelope is looked at; absent: the samples themselves are. */
  readonly bandHz?: number;
}

/** Two lines this many bins apart are two; below, and near the mean, there is nothing to see. */
export const binsMin = 2.5;
/** Of half the rate: above it filters before the sampling have taken too much. */
const usableShare = 0.9;

/** Between which speeds of the shaft, in turns a second, the order can be told. */
export function reachOf({ order, rateHz, windowMs, bandHz }: Reach): { fromHz: number; toHz: number } {
  const highest = Math.min((usableShare * rateHz) / 2, bandHz ?? Number.POSITIVE_INFINITY);
  return { fromHz: (binsMin * 1000) / windowMs / order, toHz: highest / order };
}
