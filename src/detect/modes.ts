// What the machine is doing, by the words of a column: each word has a normal of its own.
import { isWordForNothing } from './cell.ts';
import type { Column } from './column.ts';
import type { Cells } from './table.ts';

export const modesMax = 32;

export function createModes(column: Column | undefined) {
  const known = new Map<string, number>();
  let last = 0;
  let beyond = 0;
  return {
    /** 0 where there is no such column; of an empty cell, as in the row before. */
    modeOf(cells: Cells): number {
      if (column === undefined) return 0;
      const word = cells?.[column.index]?.trim() ?? '';
      if (isWordForNothing(word)) return last;
      const found = known.get(word);
      if (found !== undefined) last = found;
      else if (known.size < modesMax) {
        last = known.size;
        known.set(word, last);
      } else {
        beyond++;
        last = modesMax - 1;
      }
      return last;
    },
    notes(): string[] {
      if (column === undefined) return [];
      const words = [...known.keys()];
      const said = [
        `modes by "${column.name}": ${words.slice(0, 12).join(', ')}${words.length > 12 ? ', …' : ''}`,
      ];
      if (beyond > 0)
        said.push(`"${column.name}" has more than ${modesMax} words; ${beyond} rows share the last mode`);
      return said;
    },
  };
}
