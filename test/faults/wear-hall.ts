// A mill whose tool wears within minutes, a broker that outlives the gateways beside it, and what was told of the wear.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GemError } from '../../src/errors.ts';
import { openReader } from '../../src/history/reader/open.ts';
import { recallMachine } from '../../src/runtime/twins/commits.ts';
import { memoryFile } from '../../src/runtime/twins/kept.ts';
import { decodeMemory, type MachineMemory } from '../../src/runtime/twins/memory.ts';
import { newerOf } from '../../src/runtime/twins/newer.ts';
import { hostDisk, peekSealed } from '../../src/runtime/twins/sealed-file.ts';
import { cleanUp, peer, startBroker, stateDir } from '../broker/fixture.ts';
import { type GemelProcess, gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';

const bare = fileURLToPath(new URL('./wear-process.ts', import.meta.url));
export const flankFullUm = 300;

export interface Told {
  readonly kind: string;
  readonly text: string;
  readonly details: Readonly<Record<string, number | string>>;
}

export interface WearHall {
  readonly dir: string;
  readonly file: string;
  readonly state: string;
  /** Flank wear as it was published, in µm, in the order it came. */
  readonly told: number[];
  readonly events: Told[];
  /** The machine goes on cutting, whoever watches; or stands. */
  cut(on: boolean): void;
  memory(): Promise<MachineMemory | undefined>;
}

const drive = { rpm: 6000, feed: 1500, depth: 3, width: 8, tool: 3 };

/** `restless`: no two messages are alike. */
export async function wearHall(gapMaxS: number, restless = false): Promise<WearHall> {
  const { port } = await startBroker();
  const dir = await stateDir();
  const file = join(dir, 'gemel.yaml');
  writeFileSync(file, configText(port, gapMaxS));
  const client = await peer(port);
  const told: number[] = [];
  const events: Told[] = [];
  client.on('message', (topic, payload) => {
    const read = JSON.parse(payload.toString()) as unknown;
    // What the broker may not have had is told again after a restart.
    if (topic.endsWith('/event')) tellOnce(events, read as Told);
    else told.push((read as { twin: Record<string, { value: number }> }).twin['tool.flankWear']!.value);
  });
  await client.subscribeAsync(['gemel/test/mill-1/frame', 'gemel/test/mill-1/event'], { qos: 1 });
  let on = true;
  let sent = 0;
  const timer = setInterval(() => {
    sent++;
    const work = restless
      ? { ...drive, rpm: 5900 + ((sent * 37) % 201), feed: 1400 + ((sent * 53) % 199) }
      : drive;
    client.publish('shop/mill-1/drive', JSON.stringify(on ? work : { ...drive, rpm: 0, feed: 0 }));
  }, 40);
  cleanUp(() => clearInterval(timer));
  const state = join(dir, 'state');
  return {
    ...{ dir, file, state, told, events },
    cut(now) {
      on = now;
    },
    memory: () => memoryIn(state),
  };
}

function tellOnce(events: Told[], event: Told): void {
  const text = JSON.stringify(event);
  if (!events.some((known) => JSON.stringify(known) === text)) events.push(event);
}

/** What the next start would take: of the history and the files the newer one. */
async function memoryIn(state: string): Promise<MachineMemory | undefined> {
  const memory = await peekSealed(hostDisk, memoryFile(join(state, 'twins'), 'mill-1'), decodeMemory);
  return newerOf(await recalledIn(join(state, 'history.db')), { memory, versions: [] }).memory;
}

/** Undefined while a gateway is still making it. */
function opened(file: string) {
  try {
    return openReader(file);
  } catch (error) {
    if ((error as GemError).code === 'GEM_HISTORY_FOREIGN') return undefined;
    throw error;
  }
}

async function recalledIn(file: string) {
  const reader = existsSync(file) ? opened(file) : undefined;
  if (reader === undefined) return undefined;
  try {
    const texts = await reader.memory();
    return recallMachine({ recall: (key) => texts.get(key) }, 'mill-1');
  } finally {
    reader.close();
  }
}

function configText(port: number, gapMaxS: number): string {
  const fields = Object.entries({ rpm: 'rpm', feed: 'mm/min', depth: 'mm', width: 'mm', tool: '' });
  return `version: 1
site: test
broker: { url: "mqtt://127.0.0.1:${port}" }
metrics: { enabled: false }
memory: { gapMaxS: ${gapMaxS} }
sources:
  shop:
    type: mqtt
    topics:
      - topic: shop/{machine}/drive
        payload: object
        fields:
${fields.map(([name, unit]) => `          ${name}: { tag: "{machine}/${name}", unit: "${unit}" }`).join('\n')}
machines:
  mill-1:
    model: mill
    lagMs: 0
    parameters: { wear.tool.life: 10 }
    signals:
      spindle.speed: shop/mill-1/rpm
      cut.feed: shop/mill-1/feed
      cut.depth: shop/mill-1/depth
      cut.width: shop/mill-1/width
      tool.number: shop/mill-1/tool
`;
}

/** `gemel run`, as anybody runs it. */
export function runGemel({ dir, file }: WearHall, ...words: string[]): GemelProcess {
  const gateway = gemel(['run', file, ...words], { cwd: dir });
  cleanUp(async () => {
    gateway.kill();
    await gateway.ended();
  });
  return gateway;
}

export function runBare({ file, state }: WearHall): ChildProcess {
  const child = spawn(process.execPath, [bare, file, state], { stdio: 'ignore' });
  cleanUp(() => child.kill('SIGKILL'));
  return child;
}

/** Waits until it has told of more wear than its file has, and ends it in that moment. */
export async function killAhead(hall: WearHall, child: ChildProcess): Promise<void> {
  const from = hall.told.length;
  await poll('wear that is told and not yet written', async () => {
    const { told } = hall;
    const last = told.at(-1) ?? 0;
    if (told.length < from + 3 || !(last > told[from]!)) return false;
    const memory = await hall.memory();
    const written = (memory?.twin.state['tool.3.wear'] ?? 0) * flankFullUm;
    return last > written + 0.05;
  });
  await kill(child);
}

export async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** The places at which what was told is less than before. */
export function fallsOf(told: readonly number[]): [before: number, after: number][] {
  return told
    .slice(1)
    .flatMap((after, i) => (after < told[i]! ? [[told[i]!, after] as [number, number]] : []));
}
