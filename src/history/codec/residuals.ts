// What a predictor did not foresee, on its way to the entropy code: folded differences, their symbols and how often each
// is. Must be large enough for a column before it is used.
import { smallMax, smallSymbol, symbolMax, symbolOf } from './symbol.ts';

export interface Residuals {
  /** Differences, folded to numbers from 0 up: 0, -1, 1, -2 and so on. */
  folded: Uint32Array;
  /** Of each its symbol. */
  symbols: Uint8Array;
  /** By symbol: of those at even places; and behind them, of those at odd places. */
  readonly counts: Uint32Array;
}

const room: Residuals = {
  folded: new Uint32Array(2048),
  symbols: new Uint8Array(2048),
  counts: new Uint32Array(2 * (symbolMax + 1)),
};

/** The one there is. */
export function residualRoom(count: number): Residuals {
  if (room.folded.length < count) {
    room.folded = new Uint32Array(2 * count);
    room.symbols = new Uint8Array(2 * count);
  }
  return room;
}

/** Finds the symbols of what is folded, and counts them. */
export function classify(residuals: Residuals, count: number): void {
  const { folded, symbols, counts } = residuals;
  counts.fill(0);
  for (let i = 0; i < count; i++) {
    const residual = folded[i]!;
    const symbol = residual <= smallMax ? smallSymbol[residual]! : symbolOf(residual);
    symbols[i] = symbol;
    counts[symbol]!++;
  }
}
