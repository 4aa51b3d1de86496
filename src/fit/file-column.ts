// One column of a file: its number, its name, and the unit its header or the row below it says.
import { isUnit } from './unit-words.ts';

export interface FileColumn {
  /** From 1. */
  readonly number: number;
  /** As it stands in the file; the number where there is no header. */
  readonly header: string;
  /** The header without its unit. */
  readonly name: string;
  /** As it was written there. */
  readonly unit: string | undefined;
  /** What stands in the brackets of the header and is no unit. */
  readonly remark: string | undefined;
  /** The first few cells, as text. */
  readonly samples: readonly string[];
}

const bracketed = /^(.*?)\s*[([{<]\s*([^()[\]{}<>]*?)\s*[)\]}>]$/;
const slashed = /^(.*\S)\s+\/\s*(\S+)$|^(.*\S)\/([°℃]\S*)$/;

/** `I (mA)`, `v [mm/min]`, `T / °C`. */
export function readHeader(header: string): Pick<FileColumn, 'name' | 'unit' | 'remark'> {
  const text = header.trim();
  const inBrackets = bracketed.exec(text);
  if (inBrackets !== null) {
    const [, name = '', unit = ''] = inBrackets;
    if (unit === '-' || unit === '') return { name, unit: undefined, remark: undefined };
    // "Sensor (1)" is the first of them, and no ratio.
    return isUnit(unit) && unit !== '1'
      ? { name, unit, remark: undefined }
      : { name: text, unit: undefined, remark: unit };
  }
  const divided = slashed.exec(text);
  const [, name = divided?.[3] ?? '', unit = divided?.[4] ?? ''] = divided ?? [];
  if (divided !== null && isUnit(unit)) return { name, unit, remark: undefined };
  return { name: text, unit: undefined, remark: undefined };
}
