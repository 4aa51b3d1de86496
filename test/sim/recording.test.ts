// The text of a recording holds all that a replay needs: samples that were late, doubled, Bad, under a loop
// that was late itself, come back to the same bits.
import { describe, expect, it } from 'vitest';
import { createInbox } from '../../src/runtime/inbox.ts';
import { parseRecordingLine, type RecordingLine, tickLine } from '../../src/sources/replay/recording.ts';
import { periodMs, type Recording, replay, runLive } from './machine-hall.ts';

const rough = (random: () => number) => (random() < 0.02 ? 150 + random() * 400 : random() * 15);

/** As the recorder would have written it, and as the replay reads it. */
function throughText(recording: Recording): Recording {
  const inbox = createInbox(recording.samples.length);
  for (const s of recording.samples) {
    inbox.push(s.tag, s.value, s.quality, s.timeMs, s.receiveMs, s.rawMs);
  }
  const text = recording.ticks
    .map((tick) => tickLine(tick, inbox.drain(recording.startMs + tick * periodMs), () => false))
    .join('');
  const lines = text.trimEnd().split('\n').map(parseRecordingLine);
  const ticks = lines.filter(
    (line): line is Extract<RecordingLine, { kind: 'tick' }> => line?.kind === 'tick',
  );
  return {
    startMs: recording.startMs,
    ticks: ticks.map(({ tick }) => tick),
    samples: ticks.flatMap(({ samples }) => [...samples]),
  };
}

describe('a recording as text', () => {
  it.each([1, 2])('replays to the hash of the live run (seed %i)', async (seed) => {
    const live = await runLive(seed, 30, rough);
    expect(live.recording.samples.some(({ value }) => Number.isNaN(value))).toBe(true);
    const read = throughText(live.recording);
    expect(read.samples).toHaveLength(live.recording.samples.length);
    expect(replay(read).hash).toBe(live.hash);
  });

  it('does not, once a digit of it is lost (control)', async () => {
    const live = await runLive(1, 10, rough);
    const read = throughText(live.recording);
    const samples = read.samples.map((s) => ({ ...s, timeMs: Math.round(s.timeMs) }));
    expect(replay({ ...read, samples }).hash).not.toBe(live.hash);
  });
});
