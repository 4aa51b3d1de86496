// A folder through which somebody on the same host reaches the gateway: a request is a file, and so is its answer. Only
// the owner of the folder may look into it. Nothing here is on a tick, and no request is done twice.
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GemError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import { claim, release, signOfLife } from './presence.ts';
import {
  parseRequest,
  requestBytesMax,
  requestStaleMs,
  type TwinAnswer,
  type TwinRequest,
} from './request.ts';

const folderMode = 0o700;
const fileMode = 0o600;
const lookEveryMs = 500;
/** In one look; the others wait for the next. */
const requestsMax = 16;
const requestName = /^[\w-]{1,80}\.request$/;

/** Where requests to the gateway of a state directory go. */
export function mailboxOf(stateDir: string): string {
  return join(stateDir, 'twins', 'requests');
}

export interface Mailbox {
  /** Makes the folder. Throws when it cannot be, and when another gateway or `offline` work has it. */
  open(): Promise<void>;
  close(): Promise<void>;
}

export interface MailboxParts {
  readonly folder: string;
  readonly log: Log;
  readonly nowMs: () => number;
  /** Resolves when what was asked for is durable. */
  readonly fulfil: (request: TwinRequest) => Promise<TwinAnswer>;
  /** A test looks more often. */
  readonly everyMs?: number;
}

export function createMailbox(parts: MailboxParts): Mailbox {
  const { folder, log, everyMs = lookEveryMs } = parts;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  let closed = false;
  let complained = false;

  const take = async (name: string) => {
    const taken = join(folder, name.replace(/\.request$/, '.taken'));
    // Whoever asked may have withdrawn it: then there is nothing to take.
    if (!(await isTaken(join(folder, name), taken))) return;
    try {
      const { size } = await stat(taken);
      const request = size > requestBytesMax ? undefined : parseRequest(await readFile(taken, 'utf8'));
      await answer(folder, name, await reply(parts, request));
    } finally {
      await rm(taken, { force: true });
    }
  };

  const look = async () => {
    await signOfLife(folder);
    const names = await readdir(folder);
    for (const name of names.filter((one) => requestName.test(one)).slice(0, requestsMax)) await take(name);
    await sweep(folder, names);
    complained = false;
  };

  const next = () => {
    timer = setTimeout(() => {
      looking = look()
        .catch((error: unknown) => {
          if (!complained) log.warn({ folder, err: error }, 'cannot look for requests');
          complained = true;
        })
        .finally(() => {
          if (!closed) next();
        });
    }, everyMs);
  };

  return {
    async open() {
      try {
        await make(folder);
        await claim(folder);
      } catch (error) {
        if (error instanceof GemError) throw error;
        throw new GemError('GEM_STATE_UNWRITABLE', { dir: folder, why: (error as Error).message }, error);
      }
      next();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await looking;
      await release(folder);
    },
  };
}

async function reply(
  { nowMs, fulfil, log }: MailboxParts,
  request: TwinRequest | undefined,
): Promise<TwinAnswer> {
  if (request === undefined)
    return { ok: false, why: 'this gateway does not understand the request; is it of another version?' };
  const ageMs = nowMs() - request.sentMs;
  if (Math.abs(ageMs) > requestStaleMs)
    return { ok: false, why: `the request is ${Math.round(ageMs / 1000)} s old` };
  try {
    return await fulfil(request);
  } catch (error) {
    log.error({ request: request.kind, machine: request.machine, err: error }, 'a request failed');
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}

async function answer(folder: string, request: string, content: TwinAnswer): Promise<void> {
  const file = join(folder, request.replace(/\.request$/, '.answer'));
  await writeFile(`${file}.new`, `${JSON.stringify(content)}\n`, { mode: fileMode });
  await rename(`${file}.new`, file);
}

async function make(folder: string): Promise<void> {
  // The memory beside it may be read by the group.
  await mkdir(dirname(folder), { recursive: true, mode: 0o750 });
  await mkdir(folder, { recursive: true, mode: folderMode });
  await chmod(folder, folderMode);
}

/** What nobody came for. */
async function sweep(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!/\.(answer|taken|new)$/.test(name)) continue;
    const file = join(folder, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > requestStaleMs) await rm(file, { force: true });
  }
}

async function isTaken(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
