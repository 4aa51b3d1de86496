// A memory for tests, and a disk of which any call can fail or hang.
import { setTimeout as wait } from 'node:timers/promises';
import type { MachineMemory } from '../../../src/runtime/twins/memory.ts';
import { type Disk, hostDisk } from '../../../src/runtime/twins/sealed-file.ts';

export function memoryOf(more: Partial<MachineMemory> = {}): MachineMemory {
  return {
    machine: 'mill-1',
    timeMs: 1_790_000_000_000,
    clean: true,
    working: false,
    gapMaxS: 3600,
    told: {},
    configured: {},
    version: 1,
    twin: { model: 'mill', modelVersion: '1', state: {}, parameters: {}, sigma: {}, wear: {} },
    ...more,
  };
}

export interface TryingDisk extends Disk {
  /** Calls so far, as `write mill-1.json.new`. */
  readonly calls: string[];
  /** Of these the ones that begin with it fail, for as long as it is set. */
  fails: { call: string; code: string } | undefined;
  /** While set, no write is ever done. */
  hangs: boolean;
}

export function tryingDisk(): TryingDisk {
  const calls: string[] = [];
  const name = (file: string) => file.slice(file.lastIndexOf('/') + 1);
  const pass = (call: string) => {
    calls.push(call);
    const { fails } = disk;
    if (fails !== undefined && call.startsWith(fails.call)) {
      throw Object.assign(new Error(`${fails.code}: ${call}`), { code: fails.code });
    }
  };
  const disk: TryingDisk = {
    calls,
    fails: undefined,
    hangs: false,
    async read(file) {
      pass(`read ${name(file)}`);
      return hostDisk.read(file);
    },
    async write(file, text) {
      pass(`write ${name(file)}`);
      while (disk.hangs) await wait(5);
      await hostDisk.write(file, text);
    },
    async rename(from, to) {
      pass(`rename ${name(from)}`);
      await hostDisk.rename(from, to);
    },
    async syncFolder(folder) {
      pass('sync folder');
      await hostDisk.syncFolder(folder);
    },
  };
  return disk;
}
