// The composition root: from a configuration to a running gateway. Read it top-down as the picture of the
// house: sources → inbox → align → twin → outboxes → sinks.
import { join } from 'node:path';
import { createEmbeddedBroker } from './broker/embedded.ts';
import { createBrokerLink } from './broker/link.ts';
import { planMachine } from './config/machine-plan.ts';
import type { Config } from './config/schema.ts';
import { newIntake } from './core/intake.ts';
import { models } from './core/models/index.ts';
import type { SampleColumns } from './core/sample.ts';
import { type Core, newCore, stateHash } from './core/step.ts';
import type { TwinCommand } from './core/twin-command.ts';
import { GemError } from './errors.ts';
import { type Foresight, type ForesightTuning, openForesight } from './gateway-forecast.ts';
import { type HistoryTuning, type Kept, openHistory } from './gateway-history.ts';
import type { GatewayEvent } from './ports/event.ts';
import type { Bus, Feed, Health, Source, TickResult } from './ports.ts';
import { aborted } from './runtime/aborted.ts';
import type { SourceAccount } from './runtime/account.ts';
import { createCatchUp } from './runtime/catch-up/catch-up.ts';
import { createClock, type GatewayClock, hostTime, type TimeSources } from './runtime/clock.ts';
import { createFeed, type FeedParts } from './runtime/feed.ts';
import { createInbox } from './runtime/inbox.ts';
import { createLifecycle } from './runtime/lifecycle.ts';
import type { RootLog } from './runtime/log.ts';
import { loopPart } from './runtime/loop-part.ts';
import { createBinder, createFeeds, type MachinePlan, setUpMachine } from './runtime/machines.ts';
import { createOutbox } from './runtime/outbox.ts';
import type { SetTimer } from './runtime/pacer.ts';
import { createScores } from './runtime/scores.ts';
import { sinkParts } from './runtime/sink-parts.ts';
import { createSourceParts } from './runtime/source-parts.ts';
import { createSourceWatch, type SourceWatch } from './runtime/sources.ts';
import { prepareStateDir } from './runtime/state-dir.ts';
import type { ServiceManager } from './runtime/systemd.ts';
import type { TagRow } from './runtime/tags.ts';
import { createTeller, type Teller } from './runtime/teller.ts';
import { createThreadSource } from './runtime/thread/thread-source.ts';
import { workerSpawn } from './runtime/thread/worker.ts';
import { createTicking } from './runtime/ticking.ts';
import { createTwinKeeper, type TwinKeeper, type TwinKeeperParts } from './runtime/twins/twins.ts';
import { createSinks } from './sinks/index.ts';
import type { SourceThreadData } from './source-thread.ts';
import { createSource, loneSource, type SourceParts, sourceLimits, tagLimit } from './sources/index.ts';

export interface GatewayOptions {
  readonly config: Config;
  /** Absolute. */
  readonly stateDir: string;
  readonly version: string;
  readonly log: RootLog;
  readonly service?: ServiceManager;
  /** After every tick and all sinks: a terminal view, a recording. */
  readonly onTick?: (result: TickResult) => void;
  /** What is told of the wear of a machine: a terminal view. */
  readonly onForecast?: TwinKeeperParts['forecast'];
  /** The samples of a tick before they are stepped, for a recording. */
  readonly onBatch?: (tick: number, samples: SampleColumns) => void;
  /** What is done to a twin from outside, before it is: for a recording too. */
  readonly onCommand?: (command: TwinCommand) => void;
  readonly twins?: TwinKeeperParts['tuning'];
  /** Tests are less patient. */
  readonly foresight?: ForesightTuning;
  /** Tests have the writer of the history elsewhere, or say that samples are safe before they are. */
  readonly history?: HistoryTuning;
  /** Tests replace time. */
  readonly time?: TimeSources;
  readonly setTimer?: SetTimer;
}

export interface Gateway {
  /**
   * Starts, runs until the signal, stops in order. Throws when the start failed; resolves to the names of
   * parts that did not stop in time and were left behind.
   */
  run(signal: AbortSignal): Promise<readonly string[]>;
  health(): Health;
  /** Where to reach what listens, by name: "mqtt", "websocket", "metrics". Complete once running. */
  addresses(): ReadonlyMap<string, string>;
  /** Over everything the core has computed: equal for equal inputs. */
  stateHash(): string;
  readonly core: Core;
  /** The tags that sources have named so far; a sample's tag is an index into them. */
  readonly tags: readonly TagRow[];
}

/** Starts in the order broker, sinks, loop, sources, and stops in the reverse: what takes outlives what gives. */
export function createGateway(options: GatewayOptions): Gateway {
  const { config, log, stateDir, version } = options;
  prepareStateDir(stateDir);
  const clock = createClock(options.time ?? hostTime);
  const broker = createBus(options, clock);
  const { bus } = broker;
  const { core, plans, layouts } = createTwins(config, (lagMs) => Math.ceil(clock.nowMs()) - lagMs);

  const shared = { bus, clock, pkiDir: join(stateDir, 'pki'), ownRoot: rootOf(config) };
  const stopMs = config.loop.stopDeadlineS * 1000;
  const sources = Object.entries(config.sources).map(([name, source]) =>
    openSource(name, source, { ...shared, log: log.component(name) }, stopMs),
  );
  const identity = { site: config.site, version };
  const sinks = createSinks(config, {
    ...{ bus, clock, identity, outbox: createOutbox, catchUp: createCatchUp },
    log: (name) => log.component(name),
  });
  const watch = createSourceWatch(sources, clock);
  const tell = (event: GatewayEvent) => teller.event(event);
  const kept = openHistory(options, { core, clock, watch, tell });
  const hearers = kept === undefined ? sinks.all : [...sinks.all, kept.listener];
  const teller = createTeller(hearers, log.component('gateway'), options.onForecast);
  const inbox = createInbox(config.loop.inboxSamples);
  const changed = (machine: number) => twins.changed(machine);
  const foresight = openForesight(options, { core, clock, changed });
  const twins = createKeeper(options, { core, clock, plans, teller, kept, foresight });
  const ticking = { core, inbox, clock, watch, teller, twins, foresight, kept, sinks: sinks.all };
  const { loop, health } = createTicking(options, ticking);

  const [{ startMs: startedMs, periodMs }, { parameters }] = [core, twins];
  const onTag = createBinder(plans, core.alignment, log.component('gateway'));
  const sourceParts = createWaysIn(config, { clock, inbox, watch, teller, onTag, store: kept?.history });
  const life = createLifecycle(
    [
      ...(kept === undefined ? [] : [kept.reserve]),
      { name: 'broker', start: () => bus.start(), stop: () => bus.stop() },
      ...(kept === undefined ? [] : [kept.part]),
      ...sinkParts(sinks.all, {
        ...{ ...identity, periodMs, startedMs, machines: layouts, health, parameters },
        ...{ alarms: twins.alarms, scores: createScores(core) },
        ...(kept !== undefined && { archive: kept.history, feeds: createFeeds(plans) }),
      }),
      twins.part,
      ...foresight.parts,
      sourceParts.libraries,
      loopPart(loop),
      ...sourceParts.sources,
    ],
    { startMs: config.loop.startDeadlineS * 1000, stopMs },
    log.component('lifecycle'),
  );

  return {
    core,
    tags: watch.tags.rows,
    health,
    stateHash: () => stateHash(core),
    addresses: () => withMetrics(broker.addresses(), sinks.metricsUrl()),
    async run(signal) {
      await life.start(signal);
      const text = `gemel ${version} runs at site ${config.site}`;
      teller.event({ kind: 'started', timeMs: clock.nowMs(), text });
      await aborted(signal);
      teller.event({ kind: 'stopping', timeMs: clock.nowMs(), text: 'stopping' });
      options.service?.stopping();
      return life.stop();
    },
  };
}

interface KeeperAround {
  readonly core: Core;
  readonly clock: GatewayClock;
  readonly plans: readonly MachinePlan[];
  readonly teller: Teller;
  readonly kept: Kept | undefined;
  readonly foresight: Foresight;
}

function createKeeper(
  options: GatewayOptions,
  { core, clock, plans, teller, kept, foresight }: KeeperAround,
): TwinKeeper {
  return createTwinKeeper({
    ...{ core, stateDir: options.stateDir, clock, gapMaxS: options.config.memory.gapMaxS },
    ...{
      stated: plans.map((plan) => plan.parameters),
      tell(event) {
        teller.event(event);
        foresight.event(event);
      },
      forecast: (forecast) => teller.forecast(foresight.join(forecast)),
      foresee: (request) => foresight.answer(request),
      alarm: teller.alarm,
    },
    ...{ memory: kept?.history, log: options.log.component('twins') },
    onCommand(command) {
      kept?.record.command(command);
      options.onCommand?.(command);
    },
    ...(options.twins !== undefined && { tuning: options.twins }),
  });
}

/** On a thread of its own where it asks for one. */
function openSource(
  name: string,
  config: Config['sources'][string],
  parts: SourceParts,
  stopMs: number,
): Source {
  const lone = loneSource(config);
  if (lone === undefined) return createSource(name, config, parts);
  const { clock, log, pkiDir } = parts;
  const data: SourceThreadData = { name, config: lone, pkiDir, tagsMax: tagLimit(lone) };
  const spawn = workerSpawn(new URL('./source-thread.ts', import.meta.url), { data, name: `source ${name}` });
  return createThreadSource(name, { spawn, clock, log, stopMs });
}

interface WaysInParts extends Pick<FeedParts, 'clock' | 'inbox' | 'store' | 'onTag'> {
  readonly watch: SourceWatch;
  readonly teller: Teller;
}

function createWaysIn(config: Config, { watch, teller, ...rest }: WaysInParts) {
  const { deadLetter: onDeadLetter, event: onEvent } = teller;
  const parts = { ...rest, intake: newIntake(256), tags: watch.tags, onDeadLetter, onEvent };
  return createSourceParts(
    watch.all.map(({ source, account }) => ({
      source,
      feed: createSourceFeed(config, source.name, account, parts),
    })),
  );
}

/** A source's way in, as wide as its configuration says. */
function createSourceFeed(config: Config, name: string, account: SourceAccount, parts: FeedParts): Feed {
  const source = config.sources[name]!;
  return createFeed(name, account, tagLimit(source), parts, sourceLimits(source));
}

/** The first levels of every topic of ours. */
export function rootOf(config: Config): string {
  return config.publish.root.replaceAll('{site}', config.site);
}

/** `startMs` is told the longest lag: a start so long ago that the first frame is not of a time before tick 0. */
export function createTwins(config: Config, startMs: (lagMs: number) => number) {
  const plans = Object.entries(config.machines).map(([id, machine]) => {
    const model = models.get(machine.model);
    if (model === undefined) throw new GemError('GEM_INTERNAL', { why: `unknown model ${machine.model}` });
    return planMachine(id, machine, model, config.sources);
  });
  const { periodMs } = config.loop;
  const machines = plans.map((plan) => setUpMachine(plan, periodMs));
  const lagMs = Math.max(0, ...machines.map((machine) => machine.layout.lagMs));
  const core = newCore({ startMs: startMs(lagMs), periodMs, machines, gapMaxS: config.memory.gapMaxS });
  return { core, plans, layouts: machines.map((machine) => machine.layout) };
}

/** The embedded broker, or a link to the one the configuration names. */
function createBus(
  { config, log, stateDir }: GatewayOptions,
  clock: GatewayClock,
): { bus: Bus; addresses: () => Map<string, string> } {
  if ('url' in config.broker) {
    const { url, clientId = `gemel-${config.site}` } = config.broker;
    const bus = createBrokerLink(config.broker, { clientId, log: log.component('broker'), clock });
    return { bus, addresses: () => new Map([['mqtt', url]]) };
  }
  const broker = createEmbeddedBroker(config.broker, {
    stateDir,
    log: log.component('broker'),
    clock,
    protect: config.publish.enabled ? [rootOf(config)] : [],
  });
  const scheme = config.broker.tls === undefined ? '' : 's';
  return {
    bus: broker,
    addresses() {
      const { host, port, websocketPort } = broker.address;
      const all = new Map([['mqtt', `mqtt${scheme}://${host}:${port}`]]);
      if (websocketPort !== undefined) all.set('websocket', `ws${scheme}://${host}:${websocketPort}`);
      return all;
    },
  };
}

function withMetrics(addresses: Map<string, string>, metricsUrl: string | undefined): Map<string, string> {
  return metricsUrl === undefined ? addresses : addresses.set('metrics', metricsUrl);
}
