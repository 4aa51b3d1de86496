// What came of a stretch of a run, for one set of twins: how well they followed, what they had to say, what they wore and
// what their parameters are at the end.
import { wearOf } from '../../core/command.ts';
import type { Frame } from '../../core/frame.ts';
import type { Core } from '../../core/step.ts';
import type { TwinNews } from '../../core/twin-command.ts';
import { createStatistics, type MachineSummary } from '../statistics.ts';

export interface ToldNews {
  readonly time: string;
  readonly machine: string;
  readonly kind: TwinNews['kind'];
  readonly news: TwinNews;
}

export interface MachineAccount extends MachineSummary {
  /** By kind, of those that there were. */
  readonly news: Readonly<Record<string, number>>;
  /** By component that wears, as a share of its life: at the beginning of the stretch and at its end. */
  readonly wearing: Readonly<Record<string, readonly [from: number, to: number]>>;
  /** At the end. */
  readonly parameters: Readonly<Record<string, number>>;
}

export interface Account {
  /** Before the first tick of the stretch. */
  begin(core: Core): void;
  /** After a tick of it. Takes the news out of the core. */
  take(core: Core, frames: readonly Frame[]): void;
  /** What there is to say before the stretch is for nobody. */
  hush(core: Core): void;
  machines(core: Core): MachineAccount[];
  readonly told: readonly ToldNews[];
}

const toldMax = 10_000;

export function createAccount(): Account {
  const statistics = createStatistics();
  const told: ToldNews[] = [];
  const counts: Record<string, number>[] = [];
  let before: Record<string, number>[] = [];
  return {
    told,
    begin(core) {
      before = core.twins.map(wearOf);
    },
    take(core, frames) {
      statistics.take(frames);
      if (core.news.length === 0) return;
      const time = new Date(core.startMs + core.lastTick * core.periodMs).toISOString();
      for (const news of core.news.splice(0)) {
        const machine = core.frames[news.machine]?.machine.id ?? '';
        const own = counts[news.machine] ?? {};
        counts[news.machine] = own;
        own[news.kind] = (own[news.kind] ?? 0) + 1;
        if (told.length < toldMax) told.push({ time, machine, kind: news.kind, news });
      }
    },
    hush(core) {
      core.news.length = 0;
    },
    machines: (core) =>
      statistics.summary(core.twins).map((summary, m) => {
        const { model, parameters } = core.twins[m]!;
        const wear = Object.entries(wearOf(core.twins[m]!));
        return {
          ...summary,
          news: counts[m] ?? {},
          wearing: Object.fromEntries(
            wear.map(([name, to]) => [name, [before[m]?.[name] ?? 0, to] as const]),
          ),
          parameters: Object.fromEntries(model.parameters.map(({ name }, p) => [name, parameters[p]!])),
        };
      }),
  };
}
