// Values that do not change are said again, as of a time of which the server has told everything.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import { newUnchanged } from '../../../src/sources/opcua/values/unchanged.ts';
import { poll } from '../../poll.ts';
import { newPlay, type Play } from './play.ts';
import { setText, stageNamespace } from './stage-server.ts';

describe('what is said again', () => {
  const live = Uint8Array.of(1);

  function heard(everyMs = 500) {
    const unchanged = newUnchanged(1, everyMs);
    unchanged.delayed(0, 150);
    const said: number[] = [];
    const message = (publishMs: number, sourceMs?: number, first = false) => {
      unchanged.begins(publishMs);
      if (sourceMs !== undefined) unchanged.brings(0, sourceMs, first);
      unchanged.ends(live, (_item, timeMs) => said.push(timeMs));
    };
    return { message, said };
  }

  test('a value of hours ago holds, as of what the server has surely told', () => {
    const { message, said } = heard();
    message(10_000_000, 1000, true);
    for (let ms = 100; ms <= 1100; ms += 100) message(10_000_000 + ms);
    expect(said).toEqual([9_999_850, 10_000_350, 10_000_850]);
  });

  test('one that changes, or comes with new times, is not', () => {
    const { message, said } = heard();
    for (let ms = 0; ms <= 2000; ms += 100) message(10_000 + ms, 9_990 + ms, ms === 0);
    expect(said).toEqual([]);
  });

  test('one whose changes bear the time of another clock is not', () => {
    for (const offMs of [-3_600_000, 2_000]) {
      const { message, said } = heard();
      message(10_000_000, 9_000_000, true);
      said.length = 0;
      message(10_000_100, 10_000_090 + offMs);
      for (let ms = 200; ms <= 3000; ms += 100) message(10_000_000 + ms);
      expect(said).toEqual([]);
    }
  });

  test('nothing is, when nobody wants it', () => {
    const { message, said } = heard(0);
    message(10_000, 1000, true);
    for (let ms = 100; ms <= 3000; ms += 100) message(10_000 + ms);
    expect(said).toEqual([]);
  });
});

describe('a server that tells only changes', () => {
  let play: Play;
  beforeEach(async () => {
    play = await newPlay();
  });
  afterEach(() => play.close());

  async function opened(confirmMs: number) {
    const stage = await play.stage();
    const standing = stage.number('Standing', 0, 'BaseDataType');
    stage.set(standing, 7, Date.now() - 3_600_000);
    const { of, feed } = await play.source({ standing: `nsu=${stageNamespace};s=Standing` }, { confirmMs });
    await poll('the first value', () => of('standing').length > 0);
    return { stage, standing, feed, of: () => of('standing') };
  }

  test('keeps its constants fresh while it lives; a change is never before what was said', async () => {
    const { stage, standing, of } = await opened(200);
    await poll('it to be said again', () => of().length > 4);
    stage.set(standing, 8);
    await poll('the change, said again', () => of().filter(({ value }) => value === 8).length > 2);
    const times = of().map(({ sourceMs }) => sourceMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(Date.now() - times.at(-1)!).toBeLessThan(2000);
    await stage.stop();
    await poll('the loss', () => of().at(-1)!.quality === Quality.badNoCommunication);
    expect(of().filter(({ quality }) => quality !== Quality.good)).toHaveLength(1);
  });

  test('says nothing of a value again once it tells something that is none', async () => {
    const { stage, standing, feed, of } = await opened(100);
    await poll('it to be said again', () => of().length > 2);
    setText(stage, standing, 'n/a');
    await poll('the end of the value', () => of().at(-1)!.quality === Quality.badTypeMismatch);
    expect(feed.rejects.map(({ reason }) => reason)).toEqual(['type']);
    const ended = of().length;
    const other = stage.number('Other');
    const { of: ofOther } = await play.source({ other: `nsu=${stageNamespace};s=Other` }, { confirmMs: 100 });
    stage.set(other, 1);
    await poll('another value to be said again and again', () => ofOther('other').length > 5);
    expect(of()).toHaveLength(ended);
    stage.set(standing, 8);
    await poll('a value, said again', () => of().filter(({ value }) => value === 8).length > 1);
    expect(of().filter(({ quality }) => quality !== Quality.good)).toHaveLength(1);
  });

  test('control: without being said again they grow old', async () => {
    const { of, feed, standing, stage } = await opened(0);
    const other = stage.number('Other');
    await play.source({ other: `nsu=${stageNamespace};s=Other` }).then(({ last }) => {
      stage.set(other, 1);
      return poll('another session to have heard', () => last('other')?.value === 1);
    });
    expect(of()).toHaveLength(1);
    expect(feed.nowMs() - of()[0]!.sourceMs).toBeGreaterThan(3_000_000);
    stage.set(standing, 8);
    await poll('the change', () => of().length === 2);
  });
});
