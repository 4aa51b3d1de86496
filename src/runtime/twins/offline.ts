// A wish fulfilled while no gateway runs: on a twin made of its memory alone, written back as the gateway would have. The
// caller has made sure that nobody else has the files.
import { chown, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { applyCommand, rememberTwin } from '../../core/command.ts';
import type { Model } from '../../core/model.ts';
import { newCore } from '../../core/step.ts';
import { GemError } from '../../errors.ts';
import { askKept } from '../alarms/offline.ts';
import { setUpMachine } from '../machines.ts';
import { type AboutTwin, answerOf, commandOf } from './fulfil.ts';
import { memoryFile, versionsFile } from './kept.ts';
import { decodeMemory, encodeMemory, type MachineMemory } from './memory.ts';
import { type Known, newerOf } from './newer.ts';
import { newsEvent } from './news.ts';
import type { TwinAnswer, TwinWish } from './request.ts';
import { planRestore } from './restore.ts';
import { type Disk, hostDisk, readSealed, writeSealed } from './sealed-file.ts';
import { decodeVersions, encodeVersions, type ParameterVersion, recordNews } from './versions.ts';

/** `recalled`: what the history has of it. What is done goes into the files, which are then the newer. */
export async function applyOffline(
  stateDir: string,
  wish: TwinWish,
  models: ReadonlyMap<string, Model>,
  nowMs: number,
  recalled?: Known,
): Promise<TwinAnswer> {
  const folder = join(stateDir, 'twins');
  const file = memoryFile(folder, wish.machine);
  const { memory, versions } = newerOf(recalled, {
    memory: (await readSealed(hostDisk, file, decodeMemory)).value,
    versions: (await readSealed(hostDisk, versionsFile(file), decodeVersions)).value ?? [],
  });
  if (memory !== undefined && wish.kind === 'alarm') {
    const done = askKept(memory.twin, wish, nowMs);
    if (done.memory !== undefined) await write(folder, file, { ...memory, twin: done.memory }, versions);
    return done.answer;
  }
  if (wish.kind === 'alarm' || wish.kind === 'alarms') throw noMemory(wish.machine, folder);
  const model = models.get(memory?.twin.model ?? '');
  if (memory === undefined || model === undefined) throw noMemory(wish.machine, folder);
  const core = newCore({
    startMs: nowMs,
    periodMs: 100,
    machines: [setUpMachine(plainPlan(wish.machine, model), 100)],
  });
  const { command, gap } = planRestore({
    ...{ machine: wish.machine, model, memory, newest: versions.at(-1), nowMs },
    // What the configuration says now is for the gateway to find out.
    stated: memory.configured,
    gapMaxS: memory.gapMaxS,
  });
  applyCommand(core, command);
  const working = memory.working && gap === 'integrated';
  const done = fulfil(core, wish, versions, nowMs);
  // A core made of the model alone has not the conditions that the configuration brings.
  const { alarms } = memory.twin;
  const { twins, watches, calibrators } = core;
  const kept = {
    ...rememberTwin({ twins, watches, calibrators }, 0),
    ...(alarms !== undefined && { alarms }),
  };
  if (done.answer.ok)
    await write(
      folder,
      file,
      // All that was told is in it now: it is as clean as after a stop in order.
      { ...memory, timeMs: nowMs, working, clean: true, told: {}, twin: kept },
      done.versions,
    );
  return done.answer;
}

function noMemory(machine: string, dir: string): GemError {
  const what = `the machine ${machine}`;
  return new GemError('GEM_MEMORY_NONE', { what, dir });
}

function plainPlan(id: string, model: Model) {
  return { id, model, lagMs: 0, parameters: {}, signals: new Map() };
}

function fulfil(
  core: ReturnType<typeof newCore>,
  wish: AboutTwin<TwinWish>,
  versions: readonly ParameterVersion[],
  timeMs: number,
): { answer: TwinAnswer; versions: readonly ParameterVersion[] } {
  const { model } = core.twins[0]!;
  const parameters = () => rememberTwin(core, 0).parameters;
  const parametersBefore = parameters();
  const wanted = commandOf(wish, versions, parametersBefore);
  if (typeof wanted === 'string') return { answer: { ok: false, why: wanted }, versions };
  const news = applyCommand(core, wanted.command);
  const { rolledBackTo } = wanted;
  const next = recordNews(versions, news, { model, timeMs, rolledBackTo });
  const version = next.at(-1)?.version ?? 0;
  const text = newsEvent(news, { machine: wish.machine, timeMs, version, rolledBackTo })?.text ?? '';
  return {
    answer: answerOf({ news, text, parametersBefore, parameters: parameters(), version }),
    versions: next,
  };
}

async function write(
  folder: string,
  file: string,
  memory: MachineMemory,
  versions: readonly ParameterVersion[],
): Promise<void> {
  const disk = await ownedDisk(folder);
  const version = versions.at(-1)?.version ?? memory.version;
  await writeSealed(disk, versionsFile(file), encodeVersions(memory.machine, versions));
  await writeSealed(disk, file, encodeMemory({ ...memory, version, writing: (memory.writing ?? 0) + 1 }));
}

/** What the superuser writes is still the gateway's. */
async function ownedDisk(folder: string): Promise<Disk> {
  const { uid, gid } = await stat(folder);
  if (process.getuid?.() !== 0 || uid === 0) return hostDisk;
  return {
    ...hostDisk,
    async write(file, text) {
      await hostDisk.write(file, text);
      await chown(file, uid, gid);
    },
  };
}
