// What can be wrong with a derived signal that looks at an order of a shaft: a bearing that cannot be, a part of one that
// nobody described, frequencies that the samples can never show. Pure.
import { geometryFault } from '../core/derive/bearing.ts';
import { orderOf, reachRpm, windowMsOf } from './derived.ts';
import type { DerivedConfig } from './machine.ts';

export const shaftKeys = ['order', 'bearing', 'speed', 'harmonics'] as const;

export interface ShaftComplaint {
  readonly key: readonly string[];
  readonly text: string;
}

export function checkShaft(derived: DerivedConfig): ShaftComplaint[] {
  const { order, bearing } = derived;
  if (order === undefined) return [];
  if (typeof order === 'string' && bearing === undefined) {
    return [
      {
        key: ['order'],
        text: `"${order}" is a part of a bearing; it takes "bearing" with balls, ballMm, pitchMm`,
      },
    ];
  }
  if (typeof order === 'number' && bearing !== undefined) {
    return [
      {
        key: ['bearing'],
        text: `an order of ${order} needs no bearing; expected outer, inner, ball or cage`,
      },
    ];
  }
  const fault = bearing === undefined ? '' : geometryFault(bearing);
  return fault === '' ? checkReach(derived) : [{ key: ['bearing'], text: fault }];
}

/** Whether there is a speed at which the samples show it; with a speed that never changes, whether they do at that. */
function checkReach(derived: DerivedConfig): ShaftComplaint[] {
  const { rateHz, envelope, fromHz, toHz, speed } = derived;
  if (rateHz === undefined || (envelope !== undefined && (fromHz === undefined || toHz === undefined)))
    return [];
  const { fromRpm, toRpm } = reachRpm(derived);
  const often = `${Number(orderOf(derived).toPrecision(4))} times a turn`;
  if (toRpm <= fromRpm) {
    const text = `${often} cannot be told at any speed: ${windowMsOf(derived)} ms take at least ${fromRpm} rpm, ${limitText(derived)} at most ${toRpm}`;
    return [{ key: ['order'], text }];
  }
  if (typeof speed !== 'number' || (speed >= fromRpm && speed <= toRpm)) return [];
  const why = speed < fromRpm ? `a window of ${windowMsOf(derived)} ms` : limitText(derived);
  return [
    {
      key: ['speed'],
      text: `${often} at ${speed} rpm cannot be told: ${why} can from ${fromRpm} to ${toRpm} rpm`,
    },
  ];
}

function limitText({ rateHz = 0, envelope, fromHz = 0, toHz = 0 }: DerivedConfig): string {
  const narrow = envelope !== undefined && toHz - fromHz < 0.45 * rateHz;
  return narrow ? `a band of ${toHz - fromHz} Hz` : `${rateHz} samples a second`;
}
