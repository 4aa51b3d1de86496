// What nobody is told: the true constants of one machine, drawn from its seed around the nominal ones.
// Nothing here may reach a payload or a node; a twin has to find it out.
import type { Random } from './random.ts';

export const axisNames = ['x', 'y', 'z'] as const;
export type AxisName = (typeof axisNames)[number];

export interface AxisHidden {
  readonly motorMassKg: number;
  readonly tableMassKg: number;
  readonly stiffnessNPerM: number;
  readonly dampingNsPerM: number;
  readonly backlashM: number;
  readonly coulombN: number;
  /** How much more it takes to break loose than to slide. */
  readonly stictionN: number;
  readonly stribeckMPerS: number;
  readonly viscousNsPerM: number;
  /** Sliding one way is harder than the other, by this share. */
  readonly asymmetry: number;
  readonly weightN: number;
  /** lever / (gear · efficiency · Kt). */
  readonly amperePerN: number;
  readonly cogging: number;
}

export interface SpindleHidden {
  readonly inertiaKgM2: number;
  readonly dragCoulombNm: number;
  readonly dragViscousNmsPerRad: number;
  readonly windageNms2PerRad2: number;
  readonly ktNmPerA: number;
  readonly magnetisingA: number;
  readonly rippleShare: number;
  readonly unbalance: number;
}

export interface HeatHidden {
  /** Of one of three phases, at 25 °C. */
  readonly phaseOhm: number;
  readonly windingJPerK: number;
  readonly housingJPerK: number;
  readonly bearingJPerK: number;
  readonly windingToHousingKPerW: number;
  readonly bearingToHousingKPerW: number;
  /** At standstill; air moves with the spindle. */
  readonly housingToAmbientKPerW: number;
  readonly bearingToCoolantKPerW: number;
  readonly ironWAt1000RadPerS: number;
  readonly ambientC: number;
  readonly ambientSwingC: number;
  readonly ambientPhase: number;
}

export interface CutHidden {
  readonly kcNPerMm2: number;
  /** Share of the cutting force that pushes back along the feed. */
  readonly feedForceShare: number;
  readonly kcGrowthAtFullWear: number;
  readonly chipVariation: number;
  /** In the cut, at 250 m/min; shorter by the power of this exponent at a higher speed (Taylor). */
  readonly toolLifeMin: number;
  readonly speedExponent: number;
  readonly wearAtStart: readonly number[];
}

export interface Hidden {
  readonly axes: readonly AxisHidden[];
  readonly spindle: SpindleHidden;
  readonly heat: HeatHidden;
  readonly cut: CutHidden;
}

const copperPerK = 0.00393;
export const copper = { perK: copperPerK, referenceC: 25 } as const;

export function drawHidden(random: Random): Hidden {
  return {
    axes: axisNames.map((name) => drawAxis(name, random.fork(`axis.${name}`))),
    spindle: drawSpindle(random.fork('spindle')),
    heat: drawHeat(random.fork('heat')),
    cut: drawCut(random.fork('cut')),
  };
}

/** Within a share of the nominal value. */
function near(random: Random, nominal: number, share = 0.15): number {
  return nominal * random.between(1 - share, 1 + share);
}

function drawAxis(name: AxisName, random: Random): AxisHidden {
  const massKg = near(random, 100);
  const tableMassKg = massKg * 0.7;
  const stiffnessNPerM = near(random, 8e6);
  return {
    motorMassKg: massKg - tableMassKg,
    tableMassKg,
    stiffnessNPerM,
    dampingNsPerM: 0.3 * Math.sqrt(stiffnessNPerM * massKg * 0.21),
    backlashM: random.between(4e-6, 15e-6),
    coulombN: near(random, 98),
    stictionN: random.between(20, 45),
    stribeckMPerS: random.between(0.002, 0.006),
    viscousNsPerM: near(random, 20),
    asymmetry: random.between(-0.05, 0.05),
    weightN: name === 'z' ? random.between(-8, 8) : 0,
    amperePerN: 0.1 / (near(random, 10, 0.01) * near(random, 0.85, 0.05) * near(random, 0.5, 0.05)),
    cogging: random.between(0.01, 0.03),
  };
}

function drawSpindle(random: Random): SpindleHidden {
  return {
    inertiaKgM2: near(random, 0.02, 0.1),
    dragCoulombNm: near(random, 0.28),
    dragViscousNmsPerRad: near(random, 0.00045),
    windageNms2PerRad2: random.between(0.5e-7, 1.5e-7),
    ktNmPerA: near(random, 0.4, 0.05),
    magnetisingA: random.between(0.4, 0.7),
    rippleShare: random.between(0.01, 0.03),
    unbalance: random.between(0.6, 1.2),
  };
}

function drawHeat(random: Random): HeatHidden {
  return {
    phaseOhm: near(random, 0.3, 0.08),
    windingJPerK: near(random, 250),
    housingJPerK: near(random, 1500),
    bearingJPerK: near(random, 600),
    windingToHousingKPerW: near(random, 0.78, 0.1),
    bearingToHousingKPerW: near(random, 0.9),
    housingToAmbientKPerW: near(random, 0.32),
    bearingToCoolantKPerW: near(random, 0.09),
    ironWAt1000RadPerS: near(random, 12),
    ambientC: random.between(21, 23),
    ambientSwingC: random.between(2, 4),
    ambientPhase: random.between(-0.3, 0.3),
  };
}

function drawCut(random: Random): CutHidden {
  return {
    kcNPerMm2: near(random, 1750, 0.1),
    feedForceShare: random.between(0.15, 0.25),
    kcGrowthAtFullWear: random.between(0.3, 0.5),
    chipVariation: random.between(0.05, 0.09),
    toolLifeMin: near(random, 95),
    wearAtStart: [1, 2, 3, 4].map(() => random.between(0.02, 0.2)),
    speedExponent: random.between(1.7, 2.3),
  };
}
