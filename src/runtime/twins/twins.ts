// All that twins remember, tell and are told beside their ticks: restored before the first tick, checkpointed while it
// runs, asked through the mailbox, and their news made events. Moves the core only through commands.
import { join } from 'node:path';
import type { AlarmChange } from '../../core/alarm.ts';
import type { Forecast } from '../../core/forecast.ts';
import type { Core } from '../../core/step.ts';
import type { TwinCommand, TwinNews } from '../../core/twin-command.ts';
import { componentForecast, gatherForecast, hasOutlook } from '../../core/wear/outlook.ts';
import type { GatewayEvent } from '../../ports/event.ts';
import type { Memory } from '../../ports/history.ts';
import type { AlarmDesk, Log, ParameterReport, TickResult } from '../../ports.ts';
import { answerAlarms, isAboutAlarms } from '../alarms/answers.ts';
import { createAlarmDesk } from '../alarms/desk.ts';
import type { Part } from '../lifecycle.ts';
import { answerTwin } from './answer-twin.ts';
import { createCheckpoints } from './checkpoint.ts';
import { type Commands, createCommands } from './commands.ts';
import type { KeeperClock, Kept } from './kept.ts';
import { loadMachine } from './load.ts';
import { createMailbox, mailboxOf } from './mailbox.ts';
import { type Circumstances, createNewsDesk } from './news-desk.ts';
import { createOutlook, type ForecastParts } from './outlook.ts';
import type { ForecastRequest, TwinAnswer, TwinRequest } from './request.ts';
import { type Disk, hostDisk } from './sealed-file.ts';
import { holdForecast, holdFrame } from './telling.ts';

/** Changes of alarms that are told in one tick. */
const alarmsAtOnce = 256;

export interface TwinKeeper {
  /** Restores at its start; writes for the last time when it stops. Around the loop. */
  readonly part: Part;
  /** For the loop, between two ticks. */
  readonly commands: Pick<Commands, 'apply'>;
  /** After each tick, before anyone is told of it. */
  tick(result: TickResult): void;
  /** The forecast of this machine is to be told soon. */
  changed(machine: number): void;
  /** Of now; undefined before the start. */
  readonly parameters: (machine: string) => ParameterReport | undefined;
  /** A source came or went: the machines that it feeds hear of it between two ticks. */
  readonly link: (source: string, up: boolean, reason: string) => void;
  /** For operators, from wherever. */
  readonly alarms: AlarmDesk;
}

export interface TwinKeeperParts {
  readonly core: Core;
  readonly stateDir: string;
  /** Of the history, which has started before this part and stops after it. Absent: files only. */
  readonly memory?: Memory | undefined;
  /** By machine: what the configuration states of its parameters. */
  readonly stated: readonly Readonly<Record<string, number>>[];
  readonly gapMaxS: number;
  readonly clock: KeeperClock;
  readonly log: Log;
  readonly tell: (event: GatewayEvent) => void;
  readonly forecast: (forecast: Forecast) => void;
  readonly alarm: (change: AlarmChange) => void;
  /** Answers who asks for a forecast; absent where none is made. */
  readonly foresee?: ((request: ForecastRequest) => Promise<TwinAnswer>) | undefined;
  /** Hears of each command before it is applied: a recording. */
  readonly onCommand: (command: TwinCommand) => void;
  /** Tests replace the disk, and switch off the reserve to see that it is needed. */
  readonly tuning?: { readonly disk?: Disk; readonly reserve?: boolean; readonly patienceMs?: number };
}

export function createTwinKeeper(parts: TwinKeeperParts): TwinKeeper {
  const { core, clock, log, stateDir, gapMaxS, memory } = parts;
  const { disk = hostDisk, reserve = true, patienceMs } = parts.tuning ?? {};
  const folder = join(stateDir, 'twins');
  const all: Kept[] = [];
  const circumstances = new WeakMap<TwinCommand, Circumstances>();
  const outlook = createOutlook(foresight(parts, all), parts.forecast);
  const onNews = createNewsDesk(parts, all, circumstances, outlook);
  const commands = createCommands(core, parts.onCommand, (news, command) => {
    // Of a restart people hear when all of it is there.
    if (command.kind !== 'restore') onNews(news, command);
  });
  const checkpoints = createCheckpoints({
    ...{ core, all, folder, disk, clock, log, reserve, gapMaxS, memory, patienceMs },
  });
  const alarms = createAlarmDesk({
    ...{
      books: core.books,
      offer: (command) => commands.offer(command),
      monotonicMs: () => clock.monotonicMs(),
    },
    durable: (m) => checkpoints.durable(all[m]!),
  });
  const fulfil = (request: TwinRequest) => {
    if (isAboutAlarms(request)) return answerAlarms(alarms, request);
    if (request.kind === 'forecast' && parts.foresee !== undefined) return parts.foresee(request);
    return answerTwin({ all, commands, checkpoints, circumstances }, request);
  };
  const mailbox = createMailbox({ folder: mailboxOf(stateDir), log, nowMs: () => Date.now(), fulfil });

  const load = (m: number) => loadInto({ parts, all, commands, circumstances, onNews, disk, reserve }, m);

  return {
    commands,
    alarms,
    changed: (machine) => outlook.changed(machine),
    parameters: (machine) => reportOf(all.find(({ id }) => id === machine)),
    link: (source, up, reason) => offerLink(core, commands, source, up, reason),
    part: {
      name: 'twins',
      async start() {
        await mailbox.open();
        for (const m of core.frames.keys()) await load(m);
        await checkpoints.first();
      },
      async stop() {
        // Nobody moves the core any more: who still waits for it is told so.
        commands.close();
        tellAlarms(parts, core.alarmChanges.length);
        try {
          if (all.length === core.frames.length) await checkpoints.last();
        } finally {
          await mailbox.close();
        }
      },
    },
    tick({ frames }) {
      if (core.news.length > 0) for (const news of core.news.splice(0)) onNews(news);
      tellAlarms(parts, alarmsAtOnce);
      for (let m = 0; m < frames.length; m++) holdFrame(frames[m]!, core.twins[m]!, all[m]!.reserve);
      checkpoints.look();
      outlook.look(clock.monotonicMs());
    },
  };
}

interface Loading {
  readonly parts: TwinKeeperParts;
  readonly all: Kept[];
  readonly commands: Commands;
  readonly circumstances: WeakMap<TwinCommand, Circumstances>;
  readonly onNews: (news: TwinNews, command: TwinCommand) => void;
  readonly disk: Disk;
  readonly reserve: boolean;
}

/** A machine as it was kept: the core has it, and people hear of it, when all of it is there. */
async function loadInto(
  { parts, all, commands, circumstances, onNews, disk, reserve }: Loading,
  m: number,
): Promise<void> {
  const { core, clock, log, gapMaxS, memory } = parts;
  const { id } = core.frames[m]!.machine;
  const here = { id, machine: m, twin: core.twins[m]!, stated: parts.stated[m]! };
  const restored: { news: TwinNews; command: TwinCommand }[] = [];
  const kept = await loadMachine(here, {
    ...{ folder: join(parts.stateDir, 'twins'), disk, log, gapMaxS, memory, nowMs: () => clock.nowMs() },
    apply(command, { gap }) {
      circumstances.set(command, { gap });
      void commands.offer(command).then((news) => restored.push({ news, command }));
      commands.apply();
    },
    tell(text) {
      log.warn({ machine: id }, text);
      parts.tell({ kind: 'restored', timeMs: clock.nowMs(), machine: id, text });
    },
  });
  if (!reserve) kept.reserve.durable.fill(Number.POSITIVE_INFINITY);
  all.push(kept);
  for (const { news, command } of restored) onNews(news, command);
}

/** A flood is told over a few ticks: none of them is to bear all of it. */
function tellAlarms({ core, alarm }: TwinKeeperParts, most: number): void {
  if (core.alarmChanges.length === 0) return;
  for (const change of core.alarmChanges.splice(0, most)) alarm(change);
}

/** Nobody waits for the answer, and a gateway that stops has no use for it. */
function offerLink(
  { detections, frames }: Core,
  commands: Commands,
  source: string,
  up: boolean,
  reason: string,
): void {
  for (const [m, { plan }] of detections.entries()) {
    if (!plan.sources.includes(source)) continue;
    const machine = frames[m]!.machine.id;
    commands.offer({ kind: 'link', machine, source, up, reason }).catch(() => {});
  }
}

function reportOf(kept: Kept | undefined): ParameterReport | undefined {
  const newest = kept?.versions.at(-1);
  return newest && { version: newest.version, values: kept!.twin.parameters, sigma: newest.sigma };
}

function foresight({ core, clock }: TwinKeeperParts, all: readonly Kept[]): ForecastParts {
  const { watches, twins, frames } = core;
  return {
    machines: frames.length,
    components: (m) => watches[m]!.last.length,
    takesTime: (m, c) => hasOutlook(watches[m]!, c),
    component: (m, c) => componentForecast(watches[m]!, twins[m]!, c),
    gather(m, components) {
      const { id } = frames[m]!.machine;
      const forecast = gatherForecast(watches[m]!, twins[m]!, id, clock.nowMs(), components);
      return holdForecast(forecast, all[m]!.reserve);
    },
  };
}
