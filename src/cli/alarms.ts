// `gemel alarms`: what stands, what it is about and what was done about it; and the operator's side of it.
import { type Command, Option } from 'commander';
import {
  type AlarmFlags,
  type AlarmsConsole,
  consoleHere,
  listKnown,
  standingAlarms,
} from './alarm-files.ts';
import { actOnAlarm } from './alarms-act.ts';
import { showHistory } from './alarms-history.ts';
import { showAlarm } from './alarms-show.ts';
import { alarmsText } from './alarms-view.ts';
import { duration, instant } from './history-file.ts';
import { whole } from './replay.ts';
import { twinStateDir } from './twin-files.ts';

const examples = `
Examples:
  gemel alarms                                                what operators are to know of, the gravest first
  gemel alarms --all                                          also shelved, suppressed ones and consequences
  gemel alarms show mill-1 spindle.windingTemp.limit          why, what to do, what was seen around it
  gemel alarms acknowledge mill-1 spindle.windingTemp.limit --comment "fan is on order"
  gemel alarms shelve mill-1 'axis.x.*' --for 2h              not told for two hours
  gemel alarms reset mill-1 spindle.windingTemp.limit         one that is latched
  gemel alarms history --from -24h --machine mill-1

A gateway may run or not. docs/alarms.md has the life of an alarm and all settings.
Exit codes: 0 fine, 1 failed or refused, 2 usage.`;

/** `here`: a test looks at what is printed. */
export function registerAlarms(program: Command, here: () => AlarmsConsole = consoleHere): void {
  const alarms = program
    .command('alarms')
    .description('list alarms, show one, acknowledge and shelve, and look into their history')
    .option('--machine <name>', 'of this machine only')
    .option('--all', 'also shelved and suppressed ones, and consequences')
    .option('--ascii', 'no blocks, only plain signs')
    .addHelpText('after', examples)
    .action(async (flags: AlarmFlags) => list(flags, here()));
  const show = alarms
    .command('show')
    .description('one alarm: why, what to do, what was seen around it, what was done')
    .argument('<machine>', 'name of the machine in the configuration')
    .argument('<id>', 'as the list has it')
    .option('--ascii', 'no blocks, only plain signs')
    .action(async (machine: string, id: string, _: AlarmFlags, command: Command) =>
      showAlarm(machine, id, command.optsWithGlobals<AlarmFlags>(), here()),
    );
  for (const command of [alarms, show, ...registerActions(alarms, here), registerHistory(alarms, here)]) {
    command
      .option('--config <file>', 'configuration whose state directory is meant (default: as for `gemel run`)')
      .option('--state-dir <folder>', 'the state directory itself')
      .option('--json', 'as JSON');
  }
}

const deeds = {
  acknowledge: 'say that you know of it',
  shelve: 'not to be told of it for a while',
  unshelve: 'to be told of it again',
  reset: 'let go of one that is latched and gone, or take what it differs by for usual',
} as const;

function registerActions(alarms: Command, here: () => AlarmsConsole): Command[] {
  return (['acknowledge', 'shelve', 'unshelve', 'reset'] as const).map((action) => {
    const command = alarms
      .command(action)
      .description(deeds[action])
      .argument('<machine>', 'name of the machine in the configuration')
      .argument('<id>', 'as the list has it; * and ? stand for several')
      .option('--by <name>', 'who does it (default: the user who is logged in)')
      .option('--comment <text>', 'why');
    if (action === 'shelve')
      command.addOption(new Option('--for <time>', 'for how long: 30min, 2h').argParser(duration));
    return command.action(async (machine: string, id: string, _: unknown, own: Command) =>
      actOnAlarm(action, machine, id, own.optsWithGlobals(), here()),
    );
  });
}

function registerHistory(alarms: Command, here: () => AlarmsConsole): Command {
  return alarms
    .command('history')
    .description('what became of alarms, out of the journal')
    .option('--machine <name>', 'of this machine only')
    .option('--alarm <id>', 'of this condition only')
    .option('--from <time>', 'ISO time (UTC without a zone), or so long ago: -24h', instant)
    .option('--to <time>', 'likewise', instant)
    .option('--rows <n>', 'the last so many', whole, 50)
    .option('--history <file>', 'the file of the history itself')
    .action(async (_: unknown, own: Command) => showHistory(own.optsWithGlobals(), here()));
}

export async function list(flags: AlarmFlags, to: AlarmsConsole): Promise<void> {
  const stateDir = await twinStateDir(flags, to.env);
  const { alarms, running, machines } = await standingAlarms(stateDir, flags.machine ?? '');
  if (flags.machine !== undefined && alarms.length === 0) await listKnown(stateDir, flags.machine, machines);
  if (flags.json === true) {
    to.print(`${JSON.stringify({ running, alarms }, null, 2)}\n`);
    return;
  }
  to.print(alarmsText(alarms, { all: flags.all === true, running, width: to.width, nowMs: to.nowMs }));
}
