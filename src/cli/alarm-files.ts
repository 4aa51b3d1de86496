// Where the commands about alarms have them from: a gateway that runs is asked, else what is kept of the machines is read.
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { byWeight } from '../core/alarm/memory.ts';
import type { Alarm } from '../core/alarm.ts';
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import { keptMachines, readTwin, type WhoseTwins } from './twin-files.ts';

export interface AlarmFlags extends WhoseTwins {
  readonly machine?: string;
  readonly all?: boolean;
  readonly ascii?: boolean;
  readonly json?: boolean;
}

export interface AlarmsConsole {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (text: string) => void;
  readonly tell: (text: string) => void;
  /** Of the terminal; Infinity where nobody looks. */
  readonly width: number;
  readonly nowMs: number;
  /** Who is logged in. */
  readonly user: string;
}

export function consoleHere(): AlarmsConsole {
  return {
    env: process.env,
    print: (text) => process.stdout.write(text),
    tell: (text) => process.stderr.write(text),
    width: process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY,
    nowMs: Date.now(),
    user: process.env['SUDO_USER'] || process.env['USER'] || process.env['LOGNAME'] || accountName(),
  };
}

/** Of the account that runs this; a container may run under a number that has no name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

export interface Standing {
  /** The gravest first. */
  readonly alarms: readonly Alarm[];
  /** Whether a gateway says so, or the last one did. */
  readonly running: boolean;
  /** What is kept of. */
  readonly machines: readonly string[];
}

/** Of a machine, or with an empty name of all. `alarm`: only that one, with what was seen around it. */
export async function standingAlarms(stateDir: string, machine: string, alarm?: string): Promise<Standing> {
  const [{ mailboxOf }, { isRunning }] = await Promise.all([
    import('../runtime/twins/mailbox.ts'),
    import('../runtime/twins/presence.ts'),
  ]);
  const machines = await keptMachines(stateDir);
  const folder = mailboxOf(stateDir);
  if (!(await isRunning(folder)))
    return { alarms: await kept(stateDir, machine, machines, alarm), running: false, machines };
  const { askGateway } = await import('../runtime/twins/ask.ts');
  const wish = { kind: 'alarms', machine, ...(alarm !== undefined && { alarm }) } as const;
  const answer = await askGateway(folder, wish);
  if (!answer.ok) throw new GemError('GEM_REQUEST_REFUSED', { why: answer.why });
  return { alarms: answer.alarms ?? [], running: true, machines };
}

async function kept(
  stateDir: string,
  machine: string,
  machines: readonly string[],
  id: string | undefined,
): Promise<Alarm[]> {
  const { standing } = await import('../runtime/alarms/offline.ts');
  if (machines.length === 0) {
    throw new GemError('GEM_MEMORY_NONE', { what: 'any machine', dir: join(stateDir, 'twins') });
  }
  const asked = machine === '' ? machines : machines.filter((one) => one === machine);
  const twins = await Promise.all(asked.map((one) => readTwin(stateDir, one)));
  const all = twins.flatMap(({ memory }) => standing(memory.twin.alarms?.alarms ?? []));
  return all.filter((alarm) => id === undefined || alarm.id === id).toSorted(byWeight);
}

/** That a machine has none is said only of one there is. */
export async function listKnown(
  stateDir: string,
  machine: string,
  machines: readonly string[],
): Promise<void> {
  if (machines.includes(machine)) return;
  const hint = didYouMean(machine, machines) || `; there is ${machines.join(', ') || 'none'}`;
  const what = `the machine "${machine}"`;
  throw new GemError('GEM_MEMORY_NONE', { what, dir: `${join(stateDir, 'twins')}${hint}` });
}

export function unknownAlarm(machine: string, id: string, hint: string): GemError {
  return new GemError('GEM_ALARM_NONE', { machine, alarm: id, hint });
}
