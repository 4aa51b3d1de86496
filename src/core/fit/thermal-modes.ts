// A chain of lumped thermal nodes as modes that decay each on its own: what makes a step exact for any length.
//
//   Cᵢ dTᵢ/dt = Pᵢ + (Tᵢ₋₁ − Tᵢ)/Rᵢ₋₁,ᵢ + (Tᵢ₊₁ − Tᵢ)/Rᵢ,ᵢ₊₁ + Σ (Tₑ − Tᵢ)/Rₑ
//
// With S = C^-½ K C^-½ = V Λ Vᵀ and T = C^-½ V z each mode is dz/dt = −λ z + (Vᵀ C^-½ P).
import { singularOf } from './linear.ts';

export interface ThermalNetwork {
  /** J/K by node. */
  readonly capacities: readonly number[];
  /** K/W from each node to the next. */
  readonly between: readonly number[];
  readonly vents: readonly { readonly node: number; readonly resistance: number }[];
}

export interface ThermalModes {
  readonly n: number;
  /** 1/s, fastest first. */
  readonly rates: Float64Array;
  /** Temperature of node i by mode m, at [i * n + m]. Its transpose is what a watt into node i does to mode m. */
  readonly shape: Float64Array;
}

export function modesOf({ capacities, between, vents }: ThermalNetwork): ThermalModes {
  const n = capacities.length;
  const root = capacities.map((c) => 1 / Math.sqrt(c));
  const k = new Float64Array(n * n);
  for (const [i, resistance] of between.entries()) {
    for (const [row, column, sign] of [
      [i, i, 1],
      [i + 1, i + 1, 1],
      [i, i + 1, -1],
      [i + 1, i, -1],
    ] as const) {
      k[column * n + row] = k[column * n + row]! + sign / resistance;
    }
  }
  for (const { node, resistance } of vents) k[node * n + node] = k[node * n + node]! + 1 / resistance;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) k[j * n + i] = k[j * n + i]! * root[i]! * root[j]!;
  }
  // Symmetric and positive: its singular values are its eigenvalues.
  const { values, vectors } = singularOf(k, n);
  const shape = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let m = 0; m < n; m++) shape[i * n + m] = root[i]! * vectors[m * n + i]!;
  }
  return { n, rates: values, shape };
}

/** Node temperatures that a balance ends at under constant watts into the nodes (those of the vents included). */
export function balanceOf({ n, rates, shape }: ThermalModes, watts: readonly number[]): Float64Array {
  const out = new Float64Array(n);
  for (let m = 0; m < n; m++) {
    let force = 0;
    for (let i = 0; i < n; i++) force += shape[i * n + m]! * watts[i]!;
    for (let i = 0; i < n; i++) out[i] = out[i]! + (shape[i * n + m]! * force) / rates[m]!;
  }
  return out;
}
