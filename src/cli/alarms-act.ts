// `gemel alarms acknowledge`, `shelve`, `unshelve`, `reset`: by the gateway that runs, or to what is kept when none does.
import { matches } from '../core/alarm/policy.ts';
import type { Alarm, AlarmAction } from '../core/alarm.ts';
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import type { TwinWish } from '../runtime/twins/request.ts';
import { type AlarmsConsole, listKnown, standingAlarms, unknownAlarm } from './alarm-files.ts';
import { type Granted, grant, twinStateDir, type WhoseTwins } from './twin-files.ts';

interface ActFlags extends WhoseTwins {
  readonly by?: string;
  readonly comment?: string;
  /** Milliseconds. */
  readonly for?: number;
  readonly json?: boolean;
}

/** Asked for at once: a gateway takes so many in one look. */
const atOnce = 16;

export async function actOnAlarm(
  action: AlarmAction,
  machine: string,
  pattern: string,
  flags: ActFlags,
  to: AlarmsConsole,
): Promise<void> {
  const by = flags.by ?? to.user;
  if (by === '') throw new GemError('GEM_USAGE', { why: 'say who you are, with --by' });
  if (action === 'shelve' && flags.for === undefined)
    throw new GemError('GEM_USAGE', { why: 'say for how long it is to be shelved, such as --for 2h' });
  const stateDir = await twinStateDir(flags, to.env);
  const wish = (alarm: string): AlarmWish => ({
    ...({ kind: 'alarm', machine, alarm, action, by } as const),
    ...(flags.for !== undefined && { forS: flags.for / 1000 }),
    ...(flags.comment !== undefined && { comment: flags.comment }),
  });
  const granted = /[*?]/.test(pattern)
    ? await actOnAll(stateDir, machine, pattern, wish)
    : [await actOnOne(stateDir, wish(pattern))];
  to.print(flags.json === true ? json(granted) : text(granted));
}

type AlarmWish = Extract<TwinWish, { kind: 'alarm' }>;

async function actOnOne(stateDir: string, wish: AlarmWish): Promise<Granted> {
  try {
    return await grant(stateDir, wish);
  } catch (error) {
    if (!(error instanceof GemError) || !['GEM_REQUEST_REFUSED', 'GEM_MEMORY_NONE'].includes(error.code))
      throw error;
    const { alarms, machines } = await standingAlarms(stateDir, wish.machine);
    await listKnown(stateDir, wish.machine, machines);
    chosen(wish.machine, wish.alarm, alarms);
    throw error;
  }
}

async function actOnAll(
  stateDir: string,
  machine: string,
  pattern: string,
  wish: (id: string) => AlarmWish,
): Promise<Granted[]> {
  const { alarms, machines, running } = await standingAlarms(stateDir, machine);
  await listKnown(stateDir, machine, machines);
  const ids = chosen(machine, pattern, alarms);
  const granted: Granted[] = [];
  // While no gateway runs each has the files for itself.
  const some = running ? atOnce : 1;
  for (let i = 0; i < ids.length; i += some) {
    const done = await Promise.all(ids.slice(i, i + some).map((id) => grant(stateDir, wish(id))));
    granted.push(...done);
  }
  return granted;
}

function chosen(machine: string, pattern: string, alarms: readonly Alarm[]): string[] {
  const ids = alarms.map(({ id }) => id);
  const found = ids.filter((id) => matches(pattern, id));
  if (found.length > 0) return found;
  const there = ids.length === 0 ? '; none stands' : `; there stand ${ids.slice(0, 5).join(', ')}`;
  throw unknownAlarm(machine, pattern, didYouMean(pattern, ids) || there);
}

function text(granted: readonly Granted[]): string {
  const lines = granted.map(({ answer }) => answer.text);
  const isOffline = granted.some(({ running }) => !running);
  if (isOffline)
    lines.push('No gateway runs here: it was done to what is kept, for the next one that starts.');
  return `${lines.join('\n')}\n`;
}

function json(granted: readonly Granted[]): string {
  const done = granted.map(({ answer, running }) => ({
    ...{ text: answer.text, running, alarm: answer.alarms?.[0] ?? null },
  }));
  return `${JSON.stringify(done.length === 1 ? done[0] : done, null, 2)}\n`;
}
