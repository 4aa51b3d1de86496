// The loop, and what hears of each of its ticks, in the order that the others rely on.

import type { SampleColumns } from '../core/sample.ts';
import type { Core } from '../core/step.ts';
import type { HistoryReport } from '../ports/history.ts';
import type { Sink, TickResult } from '../ports.ts';
import type { GatewayClock } from './clock.ts';
import { takeHealth } from './health.ts';
import type { Inbox } from './inbox.ts';
import { createLinks } from './links.ts';
import type { RootLog } from './log.ts';
import { createLoop, type Loop } from './loop.ts';
import { createPacer, type SetTimer } from './pacer.ts';
import type { SourceWatch } from './sources.ts';
import { createServing, type ServiceManager } from './systemd.ts';
import { loopNews, type Teller } from './teller.ts';
import type { RunRecord } from './twins/run-record.ts';
import type { TwinKeeper } from './twins/twins.ts';

export interface TickingOptions {
  readonly version: string;
  readonly log: RootLog;
  readonly service?: ServiceManager;
  readonly setTimer?: SetTimer;
  readonly onBatch?: (tick: number, samples: SampleColumns) => void;
  readonly onTick?: (result: TickResult) => void;
}

interface Keeping {
  readonly record: Pick<RunRecord, 'batch' | 'ticked'>;
  readonly history: { readonly alive: boolean; report(): HistoryReport };
}

export interface TickingParts {
  readonly core: Core;
  readonly inbox: Inbox;
  readonly clock: GatewayClock;
  readonly watch: SourceWatch;
  readonly teller: Teller;
  readonly twins: TwinKeeper;
  /** Works out what is to come, beside the ticks. */
  readonly foresight?: { tick(result: TickResult): void };
  /** What keeps all of it, where something does. */
  readonly kept: Keeping | undefined;
  readonly sinks: readonly Sink[];
}

/** The loop, and what hears of each of its ticks. */
export function createTicking(options: TickingOptions, parts: TickingParts) {
  const { core, inbox, clock, watch, teller, twins, foresight, kept, sinks } = parts;
  const { log, version } = options;
  const links = createLinks(watch.all, () => clock.monotonicMs(), twins.link);
  const serve = createServing(options.service, () => kept?.history.alive ?? true);
  const loop: Loop = createLoop(
    { core, inbox, clock, pacer: createPacer(clock, options.setTimer), commands: twins.commands },
    {
      onBatch(tick, samples) {
        if (kept === undefined) watch.settle(samples);
        kept?.record.batch(tick);
        options.onBatch?.(tick, samples);
      },
      onTick(result) {
        twins.tick(result);
        foresight?.tick(result);
        kept?.record.ticked(result.tick);
        teller.tick(result);
        watch.look(teller.event);
        links.look();
        if (loop.ticks % ticksPerSecond(core) === 0) teller.health(health());
        serve();
        options.onTick?.(result);
      },
      ...loopNews(teller, clock, log.component('loop')),
    },
  );
  const health = () => {
    const { startMs: startedMs, late: samplesLate } = core;
    const history = kept && (() => kept.history.report());
    return takeHealth({ clock, startedMs, samplesLate, version, loop, watch, sinks, history });
  };
  return { loop, health };
}

function ticksPerSecond(core: Core): number {
  return Math.max(1, Math.round(1000 / core.periodMs));
}
