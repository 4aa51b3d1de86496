// The life of a rolling bearing after ISO 281: at a load of `ratio` times its rating one turn does ratio^e / 10⁶ of
// damage, which adds up by Palmgren and Miner.
import type { StateSpec, WearSpec } from '../model.ts';

const turnsOfL10 = 1e6;

export const bearingState: StateSpec = {
  name: 'bearing.wear',
  unit: 'ratio',
  initial: 0,
  persistent: true,
};

export const bearingWear: WearSpec = {
  component: 'bearing',
  state: bearingState.name,
  limit: 0.8,
  factor: 'wear.bearing.factor',
};

/** Damage an hour; the exponent is 3 for balls, 10/3 for rollers. */
export function bearingDamagePerH(ratio: number, exponent: number, rpm: number): number {
  const damage = exponent === 3 ? ratio * ratio * ratio : ratio ** exponent;
  return (damage * rpm * 60) / turnsOfL10;
}
