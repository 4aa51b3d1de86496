// Whether what the twins remember can be read: in the history, and the second copy in files. Changes nothing.
import { join } from 'node:path';
import { GemError } from '../errors.ts';
import type { OpenReader } from '../history/reader/open.ts';
import type { Diagnosis } from './doctor-checks.ts';
import { keptMachines } from './twin-files.ts';

/** `reader`: undefined where there is no history that can be read. */
export async function lookAtTwins(reader: OpenReader | undefined, stateDir: string): Promise<Diagnosis[]> {
  const recalled = await machinesOf(reader);
  const kept = await keptMachines(stateDir);
  if (recalled.length === 0 && kept.length === 0)
    return [{ level: 'ok', about: 'twins', text: 'there is nothing that a twin would have to remember yet' }];
  const inHistory = recalled.flatMap((one): Diagnosis[] =>
    one.damage === '' ? [] : [damagedInHistory(one, kept.includes(one.machine))],
  );
  const inFiles: Diagnosis[] = [];
  for (const machine of kept) {
    const { trouble, hint } = await troubleOf(stateDir, machine);
    if (trouble === '') continue;
    const sound = hint === undefined && recalled.some((one) => one.machine === machine && one.isWhole);
    const advice =
      hint ??
      (sound
        ? 'The history has another copy, which comes first; the gateway writes this one anew.'
        : 'Nothing else is left of it: set parameters and wear anew (gemel parameters, gemel inspect).');
    inFiles.push({ level: sound ? 'warn' : 'fail', about: 'twins', text: `${machine}: ${trouble}`, advice });
  }
  const found = [...inHistory, ...inFiles];
  if (found.length > 0) return found;
  const names = [...new Set([...recalled.map(({ machine }) => machine), ...kept])];
  const where = [recalled.length > 0 && 'in the history', kept.length > 0 && 'in files'].filter(Boolean);
  const text = `what is remembered of ${names.join(', ')} can be read, ${where.join(' and ')}`;
  return [{ level: 'ok', about: 'twins', text }];
}

interface InHistory {
  readonly machine: string;
  /** Empty when all of it can be read. */
  readonly damage: string;
  /** Wear and parameters can be read, whatever else cannot. */
  readonly isWhole: boolean;
  /** Where no gateway would start with it: what to do. */
  readonly hint?: string;
}

function damagedInHistory({ machine, damage, isWhole, hint }: InHistory, hasCopy: boolean): Diagnosis {
  const goesOn = hasCopy ? 'The gateway goes on with the copy in a file' : 'There is no copy in a file';
  const advice = isWhole
    ? 'Wear and parameters are whole. The gateway goes on without the rest, and writes it anew.'
    : `${goesOn}. Bring back a backup (gemel restore), or set parameters and wear anew (gemel parameters, gemel inspect).`;
  const level = hint === undefined && (isWhole || hasCopy) ? 'warn' : 'fail';
  return { level, about: 'twins', text: `${machine}: ${damage}`, advice: hint ?? advice };
}

async function machinesOf(reader: OpenReader | undefined): Promise<InHistory[]> {
  if (reader === undefined) return [];
  const { isMemoryKey, recallMachine } = await import('../runtime/twins/commits.ts');
  const texts = await reader.memory();
  const machines = [...texts.keys()].filter(isMemoryKey).map((key) => key.split('/')[1]!);
  return machines.map((machine) => {
    try {
      const { damage, memory } = recallMachine({ recall: (key) => texts.get(key) }, machine);
      return { machine, damage, isWhole: memory !== undefined };
    } catch (error) {
      const { trouble, hint } = unreadable(error);
      return { machine, damage: trouble, isWhole: false, ...(hint !== undefined && { hint }) };
    }
  });
}

interface Unreadable {
  /** Empty when it can be read. */
  readonly trouble: string;
  readonly hint?: string;
}

/** What a newer gemel wrote is no damage, and its hint is another one. */
function unreadable(error: unknown): Unreadable {
  const trouble = (error as Error).message;
  return error instanceof GemError ? { trouble, hint: error.hint } : { trouble };
}

async function troubleOf(stateDir: string, machine: string): Promise<Unreadable> {
  const [{ memoryFile }, { decodeMemory }, { hostDisk, peekSealed }] = await Promise.all([
    import('../runtime/twins/kept.ts'),
    import('../runtime/twins/memory.ts'),
    import('../runtime/twins/sealed-file.ts'),
  ]);
  const file = memoryFile(join(stateDir, 'twins'), machine);
  try {
    const memory = await peekSealed(hostDisk, file, decodeMemory);
    return { trouble: memory === undefined ? `${file} cannot be read` : '' };
  } catch (error) {
    return unreadable(error);
  }
}
