// `gemel maintenance`: when what has to be looked after, as the gateway has planned it.
import { copyFile, readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { GemError } from '../errors.ts';
import type { PlannedWindow } from '../maintenance/window.ts';
import { textTable } from './text-table.ts';
import { twinStateDir, type WhoseTwins } from './twin-files.ts';

interface MaintenanceFlags extends WhoseTwins {
  readonly ics?: string;
  readonly json?: boolean;
}

const examples = `
Examples:
  gemel maintenance                     the plan, the earliest first
  gemel maintenance --ics plan.ics      the same as a file for calendars; - writes it to the output
  gemel maintenance --json

A gateway that runs keeps the plan and writes it to maintenance.ics in its state directory, for calendars to subscribe to.
The configuration has working hours, holidays and who is there: docs/forecast.md.`;

export function registerMaintenance(program: Command): void {
  program
    .command('maintenance')
    .description('print when to look after what, before it fails')
    .option('--ics <file>', 'write it as an iCalendar file')
    .option('--config <file>', 'configuration whose state directory is meant (default: as for `gemel run`)')
    .option('--state-dir <folder>', 'the state directory itself')
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(async (flags: MaintenanceFlags) => {
      process.stdout.write(await maintenance(flags));
    });
}

async function maintenance({ ics, json, ...whose }: MaintenanceFlags): Promise<string> {
  const stateDir = await twinStateDir(whose, process.env);
  const { planFile } = await import('../maintenance/maintenance.ts');
  const file = planFile(stateDir);
  const text = await textOf(file);
  const { decodePlan, zoneOfPlan, encodePlan } = await import('../maintenance/ics-plan.ts');
  const plan = text === undefined ? [] : decoded(file, () => decodePlan(text));
  const zone = (text && zoneOfPlan(text)) || 'UTC';
  if (ics === '-') return text ?? encodePlan([], { site: 'gemel', zone });
  if (ics !== undefined) {
    if (text === undefined)
      throw new GemError('GEM_FILE_UNREADABLE', {
        what: 'the maintenance plan',
        file,
        why: 'no gateway has planned anything here yet',
      });
    await copyFile(file, ics).catch((error: Error) => {
      throw new GemError('GEM_OUTPUT_UNWRITABLE', { file: ics, why: error.message }, error);
    });
    return `${plan.length} ${plan.length === 1 ? 'window' : 'windows'} written to ${ics}\n`;
  }
  return json === true ? planJson(plan, zone) : planText(plan, zone);
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new GemError('GEM_FILE_UNREADABLE', { what: 'the maintenance plan', file, why: message }, error);
  }
}

function decoded(file: string, decode: () => PlannedWindow[]): PlannedWindow[] {
  try {
    return decode();
  } catch (error) {
    const why = (error as Error).message;
    throw new GemError('GEM_FILE_UNREADABLE', { what: 'the maintenance plan', file, why }, error);
  }
}

function planJson(plan: readonly PlannedWindow[], zone: string): string {
  const iso = (ms: number) => new Date(ms).toISOString();
  const windows = plan.map(({ uid, machine, about, startMs, endMs, beforeMs, resources, text, urgent }) => ({
    ...{
      uid,
      machine,
      about,
      start: iso(startMs),
      end: iso(endMs),
      before: iso(beforeMs),
      resources,
      text,
      urgent,
    },
  }));
  return `${JSON.stringify({ zone, windows }, null, 2)}\n`;
}

export function planText(plan: readonly PlannedWindow[], zone: string): string {
  if (plan.length === 0) return 'Nothing has to be looked after, as far as anybody sees.\n';
  const style = {
    weekday: 'short',
    day: '2-digit',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  } as const;
  const format = new Intl.DateTimeFormat('en-GB', { ...style, timeZone: zone });
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: zone });
  const isSameDay = (a: number, b: number) => format.format(a).slice(0, 10) === format.format(b).slice(0, 10);
  const rows = plan.map(({ machine, about, startMs, endMs, beforeMs, resources, urgent }) => {
    const end = isSameDay(startMs, endMs) ? clock.format(endMs) : format.format(endMs);
    const when = `${format.format(startMs)} - ${end}`;
    return [
      when,
      machine,
      about.join(', '),
      resources.join(', ') || '-',
      format.format(beforeMs),
      urgent ? 'URGENT' : '',
    ];
  });
  const table = textTable([['when', 'machine', 'what', 'needs', 'may fail from', ''], ...rows]);
  return `${table}\nTimes are of ${zone}. "may fail from": one in ten has failed by then.\n`;
}
