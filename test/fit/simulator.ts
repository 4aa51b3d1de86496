// A third simulator, neither the plant nor a model of the house: an axis, two thermal nodes and tools that wear, with
// a truth that is known, and files of it in the forms people have.
import { dice } from '../core/fit/dice.ts';

export interface AxisRow {
  readonly timeS: number;
  readonly positionM: number;
  readonly velocity: number;
  readonly forceN: number;
}

export const axisTruth = { mass: 95.1, viscous: 180, coulomb: 22, offset: 4 };

/** Three sines, so that position, velocity and acceleration go their own ways; 1 % noise on the force. */
export function axisRows(count: number, rateHz: number, seed = 1): AxisRow[] {
  const { normal: noise } = dice(seed);
  const parts = [
    [1.1, 0.08],
    [2.7, 0.02],
    [6.1, 0.004],
  ] as const;
  return Array.from({ length: count }, (_, row) => {
    const timeS = row / rateHz;
    let positionM = 0;
    let velocity = 0;
    let acceleration = 0;
    for (const [w, size] of parts) {
      positionM += size * Math.sin(w * timeS);
      velocity += size * w * Math.cos(w * timeS);
      acceleration -= size * w * w * Math.sin(w * timeS);
    }
    const { mass, viscous, coulomb, offset } = axisTruth;
    const friction = viscous * velocity + coulomb * Math.tanh(velocity / 0.002);
    const forceN = mass * acceleration + friction + offset + 0.4 * noise();
    return { timeS, positionM, velocity, forceN };
  });
}

export interface HeatRow {
  readonly timeS: number;
  readonly heatW: number;
  readonly ambient: number;
  readonly winding: number;
  readonly housing: number;
}

export const heatTruth = { capacity1: 400, capacity2: 3000, resistance12: 0.15, resistance2a: 0.25 };

export function heatRows(count: number, rateHz: number, seed = 2): HeatRow[] {
  const { normal: noise, uniform: random } = dice(seed);
  const { capacity1, capacity2, resistance12, resistance2a } = heatTruth;
  const stepS = 1 / rateHz;
  let [winding, housing, heatW] = [22, 22, 0];
  return Array.from({ length: count }, (_, row) => {
    const timeS = row * stepS;
    if (row % Math.round(200 * rateHz) === 0) heatW = 300 * random();
    const ambient = 22 + 2 * Math.sin(timeS / 3000);
    const told = {
      ...{ timeS, heatW, ambient },
      ...{ winding: winding + 0.05 * noise(), housing: housing + 0.05 * noise() },
    };
    for (let k = 0; k < 20; k++) {
      const across = (winding - housing) / resistance12;
      winding += ((stepS / 20) * (heatW - across)) / capacity1;
      housing += ((stepS / 20) * (across - (housing - ambient) / resistance2a)) / capacity2;
    }
    return told;
  });
}

/** As text, by a number of digits, with the sign people use. */
export function csv(
  names: readonly string[],
  rows: readonly (readonly (number | string)[])[],
  form: {
    readonly delimiter?: string;
    readonly decimal?: string;
    readonly digits?: number;
    readonly header?: boolean;
  } = {},
): string {
  const { delimiter = ',', decimal = '.', digits = 9, header = true } = form;
  const cell = (value: number | string) =>
    typeof value === 'string' ? value : String(Number(value.toPrecision(digits))).replace('.', decimal);
  const lines = rows.map((row) => row.map(cell).join(delimiter));
  return `${[...(header ? [names.join(delimiter)] : []), ...lines].join('\n')}\n`;
}

export interface WearRow {
  readonly tool: number;
  readonly cut: number;
  readonly minutes: number;
  readonly wearMm: number;
}

export const wearTruth = { lifeMin: 60, limitMm: 0.3 };

/** Steady wear with an end zone; each tool by its own rate, 10 % about the common one. */
export function wearRows(tools: number, seed = 3): WearRow[] {
  const { normal } = dice(seed);
  const rise = (x: number) => x + 0.1 * (Math.exp((x - 0.8) / 0.1) - Math.exp(-8));
  const rows: WearRow[] = [];
  for (let tool = 1; tool <= tools; tool++) {
    const rate = Math.exp(0.1 * normal()) / wearTruth.lifeMin;
    for (let cut = 1; cut <= 20; cut++) {
      const minutes = cut * 4;
      const wear = (wearTruth.limitMm * rise(minutes * rate)) / rise(1);
      if (wear > 0.5) break;
      rows.push({ tool, cut, minutes, wearMm: Math.max(0, wear + 0.005 * normal()) });
    }
  }
  return rows;
}

/** config/sample-axis.csv: twenty seconds of a ball screw with a direct drive, as a controller may log it. */
export function sampleAxis(): string {
  const { normal } = dice(7);
  const perAmpere = (0.5 * 0.9) / 0.0016;
  const cells = axisRows(2000, 100, 11).map(({ timeS, positionM, forceN }) => [
    (timeS * 1000).toFixed(0),
    (positionM * 1000 + 1e-3 * normal()).toFixed(3),
    (forceN / perAmpere + 0.002 * normal()).toFixed(4),
  ]);
  const head = '# X axis of a mill, exercised by hand; made by the simulator of the tests, seed 11.\n';
  return head + csv(['t (ms)', 'x (mm)', 'I (A)'], cells);
}
