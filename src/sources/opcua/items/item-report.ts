// Tells people which nodes a server delivers and how: a line for all of them, and again only when it changed.
import type { Log } from '../../../ports.ts';
import type { PlannedItem, TagPlan } from '../tag-plan.ts';

const namesMax = 5;

/** Outlives the sessions, so that a reconnect does not say everything again. */
export interface ItemReport {
  /** After each round of asking: what is refused now, by name of the status. */
  readonly settled: (refused: ReadonlyMap<number, string>) => void;
  /** These came without the filter that was asked for. */
  readonly unfiltered: (items: readonly number[]) => void;
  /** The queue of these is too short for what happens between two deliveries. */
  readonly shortQueue: (items: readonly number[], queueSize: number, samplingMs: number) => void;
  readonly backfilled: (values: number, items: number, incomplete: number) => void;
}

export function newItemReport(log: Log, source: string, { tags, items }: TagPlan): ItemReport {
  const told = new Map<string, string>();
  /** True when it was not what was said last. */
  const isNews = (subject: string, text: string): boolean => {
    const news = (told.get(subject) ?? '') !== text;
    told.set(subject, text);
    return news;
  };
  const nameOf = (item: number) => tags[items[item]!.tags[0]!]!.spec.name;
  const namesOf = (some: readonly number[]) => listed(some.map(nameOf));
  return {
    settled(refused) {
      const text = refusals(refused, nameOf);
      if (!isNews('settled', text)) return;
      const summary = `${format(items.length - refused.size)} of ${format(items.length)} nodes`;
      if (refused.size === 0) log.info({ source }, `${summary}: none is refused any more`);
      else
        log.warn(
          { source, ...firstOf(refused, items) },
          `${summary}; ${format(refused.size)} refused: ${text}`,
        );
    },
    unfiltered(some) {
      if (some.length === 0 || !isNews('unfiltered', some.join())) return;
      log.warn(
        { source },
        `the server refused the filter of ${namesOf(some)}: every change of value is sent`,
      );
    },
    shortQueue(some, queueSize, samplingMs) {
      if (some.length === 0 || !isNews('queue', some.join())) return;
      log.warn(
        { source, queueSize, samplingMs },
        `the server keeps fewer values than it samples between two deliveries, some will be lost: ${namesOf(some)}`,
      );
    },
    backfilled(values, some, incomplete) {
      const rest = incomplete === 0 ? '' : `; ${format(incomplete)} nodes only in part`;
      log.info(
        { source, values },
        `filled the gap of ${format(some)} nodes from the history of the server${rest}`,
      );
    },
  };
}

/** `BadNodeIdUnknown: a, b; BadUserAccessDenied: c`. */
function refusals(refused: ReadonlyMap<number, string>, nameOf: (item: number) => string): string {
  const byStatus = Map.groupBy(refused, ([, status]) => status);
  return [...byStatus]
    .map(([status, some]) => `${status}: ${listed(some.map(([item]) => nameOf(item)))}`)
    .join('; ');
}

function firstOf(refused: ReadonlyMap<number, string>, items: readonly PlannedItem[]): { node?: string } {
  const [first] = refused.keys();
  return first === undefined ? {} : { node: items[first]!.place };
}

function listed(names: readonly string[]): string {
  const more = names.length - namesMax;
  const shown = names.slice(0, namesMax).join(', ');
  return more > 0 ? `${shown} and ${format(more)} more` : shown;
}

function format(count: number): string {
  return count.toLocaleString('en');
}
