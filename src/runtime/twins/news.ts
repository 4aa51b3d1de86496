// What the core has to say of its twins, as events for people. Pure text out of data.
import type { TwinNews } from '../../core/twin-command.ts';
import type { GatewayEvent } from '../../ports/event.ts';
import type { Gap } from './restore.ts';

export interface NewsContext {
  readonly machine: string;
  readonly timeMs: number;
  /** Of the parameters, where the news made a new one. */
  readonly version: number | undefined;
  /** Of a restart. */
  readonly gap?: Gap | undefined;
  /** Of parameters that were told: the version gone back to. */
  readonly rolledBackTo?: number | undefined;
}

/** Undefined for what only the asker is to hear. */
export function newsEvent(news: TwinNews, context: NewsContext): GatewayEvent | undefined {
  const { machine, timeMs } = context;
  const made = told(news, context);
  return made === undefined ? undefined : { timeMs, machine, ...made };
}

type Told = Pick<GatewayEvent, 'kind' | 'text' | 'details'>;

function told(news: TwinNews, context: NewsContext): Told | undefined {
  const { machine } = context;
  switch (news.kind) {
    case 'diverged': {
      const { output, divergence } = news;
      const text = `${machine} no longer does what its twin says: divergence ${digits(divergence)}, most in ${output}`;
      return { kind: 'diverged', text, details: { output, divergence } };
    }
    case 'recalibrated':
      return recalibrated(news, context);
    case 'not-recalibrated': {
      const { group, why, errorBefore, errorAfter } = news;
      const errors = Number.isFinite(errorAfter)
        ? ` (error ${digits(errorBefore)} → ${digits(errorAfter)} sigmas)`
        : '';
      return {
        kind: 'not-recalibrated',
        text: `${machine} was not recalibrated in ${group}: ${why}${errors}`,
        details: { group, why },
      };
    }
    case 'replaced': {
      const { component, wear } = news;
      const text = `${machine}: ${component} is new; the old one was worn to ${percent(wear)}`;
      return { kind: 'replaced', text, details: { component, wear } };
    }
    case 'inspected':
      return inspected(news, context);
    case 'restored':
      return restored(news, context);
    case 'returned':
      return returned(news, context);
    case 'parameters':
      return parameters(news, context);
    case 'alarm':
    case 'link':
    case 'refused':
      return undefined;
  }
}

function recalibrated(
  news: Extract<TwinNews, { kind: 'recalibrated' }>,
  { machine, version }: NewsContext,
): Told {
  const { group, reason, errorBefore, errorAfter } = news;
  const errors = `error ${digits(errorBefore)} → ${digits(errorAfter)} sigmas`;
  const text = `${machine} recalibrated ${group}: ${errors}, version ${version}`;
  return {
    kind: 'recalibrated',
    text,
    details: { group, reason, errorBefore, errorAfter, version: version ?? 0, ...named(news.values) },
  };
}

function inspected(news: Extract<TwinNews, { kind: 'inspected' }>, { machine, version }: NewsContext): Told {
  const { component, wearBefore, wear, factorBefore, factor } = news;
  const [is, was] = [digits(factor), digits(factorBefore)];
  const faster = is === was ? '' : `; it wears ${is} times as fast as expected (before: ${was})`;
  const text = `${machine}: ${component} was inspected: wear ${percent(wearBefore)} → ${percent(wear)}${faster}`;
  return {
    kind: 'inspected',
    text,
    details: { component, wearBefore, wear, factorBefore, factor, version: version ?? 0 },
  };
}

function parameters(
  news: Extract<TwinNews, { kind: 'parameters' }>,
  { machine, version, rolledBackTo }: NewsContext,
): Told {
  const left = news.unknown.length === 0 ? '' : `; not known: ${news.unknown.join(', ')}`;
  const bound = news.clamped.length === 0 ? '' : `; kept within bounds: ${news.clamped.join(', ')}`;
  const details = { version: version ?? 0, ...(rolledBackTo !== undefined && { to: rolledBackTo }) };
  return rolledBackTo === undefined
    ? {
        kind: 'parameters-set',
        text: `${machine}: parameters set, version ${version}${left}${bound}`,
        details,
      }
    : {
        kind: 'parameters-rolled-back',
        text: `${machine}: parameters are those of version ${rolledBackTo} again, as version ${version}${left}${bound}`,
        details,
      };
}

function restored(
  news: Extract<TwinNews, { kind: 'restored' }>,
  { machine, gap, version }: NewsContext,
): Told {
  const { gapS, wear } = news;
  const text = `${machine} is back ${restoredWords[gap ?? 'unknown'](duration(gapS))}; ${addedWear(wear)}`;
  return {
    kind: 'restored',
    text,
    details: { gapS, gap: gap ?? 'unknown', version: version ?? 0, ...named(wear) },
  };
}

function returned(news: Extract<TwinNews, { kind: 'returned' }>, { machine }: NewsContext): Told {
  const { gapS, gap, wear } = news;
  const after = restoredWords[gap](duration(gapS));
  const text = `${machine} sends data again ${after}; ${addedWear(wear)}`;
  return { kind: 'restored', text, details: { gapS, gap, ...named(wear) } };
}

function addedWear(wear: Readonly<Record<string, number>>): string {
  const amounts = Object.entries(wear)
    .filter(([, more]) => more >= visible)
    .map(([component, more]) => `${component} +${percent(more)}`);
  if (amounts.length > 0) return `wear added: ${amounts.join(', ')}`;
  return Object.keys(wear).length > 0 ? 'next to no wear was added' : 'no wear was added';
}

const restoredWords: Readonly<Record<Gap, (gap: string) => string>> = {
  integrated: (gap) => `after ${gap} in which it is taken to have worked as before`,
  'at rest': (gap) => `after ${gap}; it was at rest before`,
  'too long': (gap) => `after an unknown gap of ${gap}: it was working before, and nobody knows for how long`,
  unknown: () => 'after a gap that the clocks cannot tell',
};

function named(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values));
}

function duration(s: number): string {
  if (s < 600) return `${digits(s)} s`;
  return s < 36_000 ? `${digits(s / 60)} min` : `${digits(s / 3600)} h`;
}

/** A share of wear that anybody would look at: a hundred-thousandth. */
const visible = 1e-5;

function percent(share: number): string {
  return `${share < visible ? 0 : digits(share * 100)} %`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
