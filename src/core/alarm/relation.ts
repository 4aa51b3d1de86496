// Which conditions of a machine can be one another's consequence: of one signal, of one device, of one part of the machine,
// of one physics. Made when the machine is set up, and constant.
import type { SignalOrigin } from '../detect/detection.ts';
import type { Cause, Condition } from '../finding.ts';
import type { MachineLayout } from '../frame.ts';

/** Bits of rows, devices and parts, by condition. */
export interface Relations {
  readonly words: number;
  readonly rows: Uint32Array;
  readonly near: Uint32Array;
  readonly parts: Uint32Array;
  /** By condition: what it can be the cause of, more with each; see `ranks`. */
  readonly rank: Uint8Array;
  /** By condition, so many words each: a bit for every condition that has anything to do with it. */
  readonly kinWords: number;
  readonly kin: Uint32Array;
  /** A bit for every condition that may be the consequence of what is no fault: no bound that people have set. */
  readonly soft: Uint32Array;
}

/** Who explains whom: a link that is down explains silence, silence a residual, a limit what statistics say of it. */
const ranks: Readonly<Record<Condition['detector'], number>> = {
  ...{ link: 5, silent: 4, stuck: 3, limits: 3, rate: 3 },
  ...{ cusum: 2, 'robust-z': 2, ewma: 2, 'change-point': 2, spectrum: 2, divergence: 2 },
  ...{ ensemble: 1, pca: 1, forest: 1 },
};
/** What people have set a bound for is hidden only by a fault of the very signal. */
const boundRank = 3;
const causeRank: Readonly<Record<Cause, number>> = { machine: 0, unknown: 0, sensor: 8, comms: 16 };

export function newRelations(
  layout: Pick<MachineLayout, 'model' | 'signals'>,
  conditions: readonly Condition[],
  origins: readonly SignalOrigin[] = [],
): Relations {
  const names = layout.signals.map(({ name }) => name);
  const devices = numbering(names.map((_, row) => deviceOf(origins[row])));
  const groups = [...names.map(partOf), ...(layout.model.calibration ?? []).map(({ name }) => `of ${name}`)];
  const parts = numbering(groups);
  const words = 1 + Math.floor(Math.max(names.length, groups.length) / 32);
  const kinWords = Math.ceil(conditions.length / 32);
  const columns = () => new Uint32Array(conditions.length * words);
  const relations: Relations = {
    ...{ words, rows: columns(), near: columns(), parts: columns() },
    rank: Uint8Array.from(conditions, ({ detector }) => ranks[detector]),
    ...{ kinWords, kin: new Uint32Array(conditions.length * kinWords), soft: new Uint32Array(kinWords) },
  };
  for (const [c, rank] of relations.rank.entries()) if (rank < boundRank) set(relations.soft, 0, c);
  for (const [c, { rows }] of conditions.entries()) {
    for (const row of rows) {
      set(relations.rows, c * words, row);
      if (devices[row]! >= 0) set(relations.near, c * words, devices[row]!);
      set(relations.parts, c * words, parts[row]!);
      for (const [g, { outputs }] of (layout.model.calibration ?? []).entries()) {
        if (outputs.includes(names[row] ?? '')) set(relations.parts, c * words, parts[names.length + g]!);
      }
    }
  }
  for (const bits of [relations.rows, relations.near, relations.parts]) addKin(relations, bits);
  return relations;
}

/** Whoever has a bit in common is kin. */
function addKin({ words, rank, kin, kinWords }: Relations, bits: Uint32Array): void {
  for (let bit = 0; bit < words * 32; bit++) {
    const all: number[] = [];
    for (let c = 0; c < rank.length; c++) {
      if ((bits[c * words + (bit >> 5)]! & (1 << (bit & 31))) !== 0) all.push(c);
    }
    const mask = new Uint32Array(kinWords);
    for (const c of all) set(mask, 0, c);
    for (const c of all) for (let w = 0; w < kinWords; w++) kin[c * kinWords + w]! |= mask[w]!;
  }
}

/** Those of `mask` that have anything to do with a condition, itself left out; -1 after the last. */
export function nextKin({ kin, kinWords }: Relations, c: number, after: number, mask: Uint32Array): number {
  for (let other = after + 1; other < kinWords * 32; other++) {
    const left = (kin[c * kinWords + (other >> 5)]! & mask[other >> 5]!) >>> (other & 31);
    if (left === 0) other |= 31;
    else {
      other += 31 - Math.clz32(left & -left);
      if (other !== c) return other;
    }
  }
  return -1;
}

/** A bit for each condition that has an alarm, and for those whose alarm is about a fault. */
export interface Masks {
  readonly all: Uint32Array;
  readonly faults: Uint32Array;
}

export function masksOf(
  { kinWords }: Relations,
  live: ReadonlyMap<number, { readonly cause: Cause }>,
): Masks {
  const masks: Masks = { all: new Uint32Array(kinWords), faults: new Uint32Array(kinWords) };
  for (const [c, { cause }] of live) mark(masks, c, cause);
  return masks;
}

/** It has come, or is about something else now. */
export function mark({ all, faults }: Masks, c: number, cause: Cause): void {
  set(all, 0, c);
  if (isFaultOf(cause)) set(faults, 0, c);
}

/** Where to look for what explains `c`. */
export function rootsOf({ rank }: Relations, c: number, { all, faults }: Masks): Uint32Array {
  return rank[c]! < boundRank ? all : faults;
}

/** Where to look for what `cause` explains. */
export function consequencesOf({ soft }: Relations, cause: Cause, { all }: Masks): Uint32Array {
  return isFaultOf(cause) ? all : soft;
}

/** The more, the rather it is the first cause. */
export function weightOf({ rank }: Relations, c: number, cause: Cause): number {
  return causeRank[cause] + rank[c]!;
}

/** A fault of what carries the word explains whatever is said in it. */
function isFaultOf(cause: Cause): boolean {
  return cause === 'comms' || cause === 'sensor';
}

/** Whether `c` may be a consequence of `root`. `soon`: it was raised not long after. */
export function follows(
  relations: Relations,
  root: number,
  rootCause: Cause,
  c: number,
  soon: boolean,
): boolean {
  const isFault = isFaultOf(rootCause);
  if (!isFault && !soon) return false;
  const sharesRow = meets(relations, relations.rows, root, c);
  const sharesDevice = rootCause === 'comms' && meets(relations, relations.near, root, c);
  if (isFault && (sharesRow || sharesDevice)) return true;
  if (relations.rank[c]! >= boundRank) return false;
  return (
    soon &&
    (sharesRow || meets(relations, relations.near, root, c) || meets(relations, relations.parts, root, c))
  );
}

function meets({ words }: Relations, bits: Uint32Array, a: number, b: number): boolean {
  for (let w = 0; w < words; w++) if ((bits[a * words + w]! & bits[b * words + w]!) !== 0) return true;
  return false;
}

function set(bits: Uint32Array, from: number, bit: number): void {
  bits[from + (bit >> 5)]! |= 1 << (bit & 31);
}

function deviceOf(origin: SignalOrigin | undefined): string {
  return origin === undefined || origin.source === '' ? '' : `${origin.source}\n${origin.device}`;
}

/** `axis.x` of `axis.x.current`. */
function partOf(name: string): string {
  const end = name.lastIndexOf('.');
  return end < 0 ? name : name.slice(0, end);
}

/** Equal names have equal numbers; an empty one has -1. */
function numbering(names: readonly string[]): number[] {
  const known = new Map<string, number>();
  return names.map((name) => {
    if (name === '') return -1;
    const number = known.get(name) ?? known.size;
    known.set(name, number);
    return number;
  });
}
