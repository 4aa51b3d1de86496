// The derived signals of one machine: computed in order, right after its frame is aligned and before the twin
// sees it. They are rows of the frame like any other.
import { type Frame, newSignalColumns, Origins, type SignalColumns } from '../frame.ts';
import { isBad, Quality } from '../quality.ts';
import { readTrack, writeMissing, writeSignal } from '../read-track.ts';
import { type Track, takeSample } from '../track.ts';
import type { Statistic } from './aggregate.ts';
import { type Band, type BandPolicy, newBand, pushBand, readBand } from './band.ts';
import {
  type Envelope,
  type EnvelopePolicy,
  newEnvelope,
  pushEnvelope,
  pushSpeed,
  readEnvelope,
} from './envelope.ts';
import { type Program, runProgram } from './program.ts';
import { newWindow, pushWindow, readWindow, type Window } from './window.ts';

/** One computation; `row` is where its result goes. `stream` is a track whose samples are taken one by one. */
export type DeriveStep =
  | {
      readonly kind: 'expression';
      readonly row: number;
      readonly program: Program;
      readonly operands: Int32Array;
    }
  | {
      readonly kind: 'copy';
      readonly row: number;
      readonly from: number;
      readonly scale: number;
      readonly offset: number;
    }
  | {
      readonly kind: 'window';
      readonly row: number;
      readonly statistic: Statistic;
      readonly windowMs: number;
      /** Of what: every sample of a stream, or the value of a row in each frame. */
      readonly of: { readonly stream: number } | { readonly row: number };
    }
  | { readonly kind: 'band'; readonly row: number; readonly policy: BandPolicy; readonly stream: number }
  | {
      readonly kind: 'envelope';
      readonly row: number;
      readonly policy: EnvelopePolicy;
      readonly stream: number;
      /** The row of the shaft's speed, and how it becomes turns a second; -1 where the policy has it. */
      readonly speedRow: number;
      readonly perTurnHz: number;
    };

export interface DerivationSetup {
  /** In an order in which every step finds what it needs. */
  readonly steps: readonly DeriveStep[];
  /** Tracks that expressions read beside the rows of the frame, by index of the machine's tracks. */
  readonly hidden: readonly number[];
}

type Stage =
  | Extract<DeriveStep, { kind: 'expression' | 'copy' }>
  | { readonly kind: 'window'; readonly row: number; readonly window: Window; readonly from: number }
  | { readonly kind: 'band'; readonly row: number; readonly band: Band }
  | {
      readonly kind: 'envelope';
      readonly row: number;
      readonly envelope: Envelope;
      readonly speedRow: number;
      readonly perTurnHz: number;
    };

interface Stream {
  readonly track: number;
  readonly windows: Window[];
  readonly bands: Band[];
  readonly envelopes: Envelope[];
}

export interface Derivation {
  readonly stages: readonly Stage[];
  readonly streams: readonly Stream[];
  readonly hidden: readonly number[];
  readonly hiddenColumns: SignalColumns;
}

/** The most samples a window keeps; at 20 kHz that is 13 s. */
const windowSamplesMax = 2 ** 18;

export function newDerivation({ steps, hidden }: DerivationSetup): Derivation {
  const streams: Stream[] = [];
  const streamOf = (track: number): Stream => {
    const known = streams.find((stream) => stream.track === track);
    if (known !== undefined) return known;
    const made: Stream = { track, windows: [], bands: [], envelopes: [] };
    streams.push(made);
    return made;
  };
  const stages = steps.map((step): Stage => {
    if (step.kind === 'band') {
      const band = newBand(step.policy);
      streamOf(step.stream).bands.push(band);
      return { kind: 'band', row: step.row, band };
    }
    if (step.kind === 'envelope') {
      const { row, speedRow, perTurnHz } = step;
      const envelope = newEnvelope(step.policy);
      streamOf(step.stream).envelopes.push(envelope);
      return { kind: 'envelope', row, envelope, speedRow, perTurnHz };
    }
    if (step.kind !== 'window') return step;
    const window = newWindow(step.statistic, step.windowMs, windowSamplesMax);
    if ('stream' in step.of) streamOf(step.of.stream).windows.push(window);
    return { kind: 'window', row: step.row, window, from: 'row' in step.of ? step.of.row : -1 };
  });
  return { stages, streams, hidden, hiddenColumns: newSignalColumns(hidden.length) };
}

/** Fills the derived rows of a frame whose other rows are aligned. */
export function deriveFrame(
  derivation: Derivation,
  tracks: readonly (Track | undefined)[],
  frame: Frame,
): void {
  const { stages, streams, hidden, hiddenColumns } = derivation;
  for (let i = 0; i < hidden.length; i++) readTrack(tracks[hidden[i]!]!, frame.timeMs, hiddenColumns, i);
  for (let s = 0; s < streams.length; s++) drain(streams[s]!, tracks, frame.timeMs);
  for (let i = 0; i < stages.length; i++) {
    const stage = stages[i]!;
    switch (stage.kind) {
      case 'expression':
        runProgram(stage.program, stage.operands, hiddenColumns, frame, stage.row);
        break;
      case 'copy':
        copy(frame, stage.from, stage.row, stage.scale, stage.offset);
        break;
      case 'window':
        readStage(stage.window, stage.from, frame, stage.row);
        break;
      case 'band':
        readBand(stage.band, frame.timeMs, frame, stage.row);
        break;
      case 'envelope':
        turn(stage, frame);
        readEnvelope(stage.envelope, frame.timeMs, frame, stage.row);
        break;
    }
  }
}

/** Samples enter the windows when the frame's time has passed them: until then they may still be overtaken. */
function drain(
  { track: index, windows, bands, envelopes }: Stream,
  tracks: readonly (Track | undefined)[],
  atMs: number,
) {
  const track = tracks[index]!;
  for (let slot = takeSample(track, atMs); slot >= 0; slot = takeSample(track, atMs)) {
    const timeMs = track.timeMs[slot]!;
    const value = track.value[slot]!;
    const quality = track.quality[slot]!;
    for (let w = 0; w < windows.length; w++) pushWindow(windows[w]!, timeMs, value, quality);
    for (let b = 0; b < bands.length; b++) pushBand(bands[b]!, timeMs, value, quality);
    for (let e = 0; e < envelopes.length; e++) pushEnvelope(envelopes[e]!, timeMs, value, quality);
  }
}

function turn({ envelope, speedRow, perTurnHz }: Extract<Stage, { kind: 'envelope' }>, frame: Frame): void {
  if (speedRow < 0) return;
  pushSpeed(envelope, frame.timeMs, frame.value[speedRow]! * perTurnHz, frame.quality[speedRow]!);
}

function readStage(window: Window, from: number, frame: Frame, row: number): void {
  let origin: number = Origins.measured;
  if (from >= 0) {
    pushWindow(window, frame.timeMs, frame.value[from]!, frame.quality[from]!);
    origin = Math.min(frame.origin[from]!, Origins.held);
  }
  readWindow(window, frame.timeMs, frame, row, origin);
}

/** A signal of the model that a derived one feeds, in its own unit. */
function copy(frame: Frame, from: number, row: number, scale: number, offset: number): void {
  const quality = frame.quality[from]!;
  const ageMs = frame.ageMs[from]!;
  const value = frame.value[from]! * scale + offset;
  if (isBad(quality)) writeMissing(frame, row, quality, ageMs);
  else if (!Number.isFinite(value)) writeMissing(frame, row, Quality.badOutOfRange, ageMs);
  else writeSignal(frame, row, value, quality, frame.origin[from]!, ageMs);
}
