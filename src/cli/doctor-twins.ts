// Whether what the twins remember can be read: in the history, and the second copy in files that a gateway begins with when
// it has no history. Changes nothing.
import { join } from 'node:path';
import type { OpenReader } from '../history/reader/open.ts';
import type { Diagnosis } from './doctor-checks.ts';
import { keptMachines } from './twin-files.ts';

/** `reader`: undefined where there is no history that can be read. */
export async function lookAtTwins(reader: OpenReader | undefined, stateDir: string): Promise<Diagnosis[]> {
  const recalled = await machinesOf(reader);
  const kept = await keptMachines(stateDir);
  if (recalled.length === 0 && kept.length === 0)
    return [{ level: 'note', about: 'twins', text: 'no twin has been remembered yet' }];
  const inHistory = recalled.flatMap(({ machine, damage }): Diagnosis[] => {
    const hasCopy = kept.includes(machine);
    const goesOn = hasCopy ? 'The gateway goes on with the copy in a file' : 'There is no copy in a file';
    const advice = `${goesOn}. Bring back a backup (gemel restore), or set parameters and wear anew (gemel parameters, gemel inspect).`;
    if (damage === '') return [];
    return [{ level: hasCopy ? 'warn' : 'fail', about: 'twins', text: `${machine}: ${damage}`, advice }];
  });
  const inFiles: Diagnosis[] = [];
  for (const machine of kept) {
    const trouble = await troubleOf(stateDir, machine);
    if (trouble === '') continue;
    const sound = recalled.some((one) => one.machine === machine && one.damage === '');
    const advice = sound
      ? 'The history has another copy, which comes first; the gateway writes this one anew.'
      : 'Nothing else is left of it: set parameters and wear anew (gemel parameters, gemel inspect).';
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
}

async function machinesOf(reader: OpenReader | undefined): Promise<InHistory[]> {
  if (reader === undefined) return [];
  const { isMemoryKey, recallMachine } = await import('../runtime/twins/commits.ts');
  const texts = await reader.memory();
  const machines = [...texts.keys()].filter(isMemoryKey).map((key) => key.split('/')[1]!);
  return machines.map((machine) => {
    try {
      return { machine, damage: recallMachine({ recall: (key) => texts.get(key) }, machine).damage };
    } catch (error) {
      // Of a newer gemel.
      return { machine, damage: (error as Error).message };
    }
  });
}

async function troubleOf(stateDir: string, machine: string): Promise<string> {
  const [{ memoryFile }, { decodeMemory }, { hostDisk, peekSealed }] = await Promise.all([
    import('../runtime/twins/kept.ts'),
    import('../runtime/twins/memory.ts'),
    import('../runtime/twins/sealed-file.ts'),
  ]);
  const file = memoryFile(join(stateDir, 'twins'), machine);
  try {
    return (await peekSealed(hostDisk, file, decodeMemory)) === undefined ? `${file} cannot be read` : '';
  } catch (error) {
    return (error as Error).message;
  }
}
