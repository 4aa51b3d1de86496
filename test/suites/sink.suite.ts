// The contract of a sink. A new one is done when it passes.
import { afterEach, describe, expect, test } from 'vitest';
import { Quality } from '../../src/core/quality.ts';
import type { Sink } from '../../src/ports.ts';
import { alarmOf, changeOf, evidenceOf } from '../sinks/alarm-scene.ts';
import { startWatch } from '../stopwatch.ts';
import { contextOf, frameOf, healthAt, machineOf, outlookOf, sceneMs, tickOf } from './scene.ts';

/** A sink and whoever takes what it gives, made for one test. */
export interface SinkStage {
  create(): Sink;
  /** The peer is there and takes everything. A sink that is only asked needs none. */
  connect?(): void | Promise<void>;
  /** The peer stays connected and answers nothing any more. */
  freeze?(): void | Promise<void>;
  disconnect?(): void | Promise<void>;
  /** Most items the sink may hold. */
  readonly depthMax: number;
  dispose(): Promise<void>;
}

export function sinkSuite(name: string, setUp: () => SinkStage | Promise<SinkStage>): void {
  describe(`${name} keeps the contract of a sink`, () => {
    const ends: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const end of ends.splice(0).reverse()) await end();
    });

    async function stage() {
      const peer = await setUp();
      ends.push(() => peer.dispose());
      const sink = peer.create();
      ends.push(() => sink.stop());
      return { peer, sink, machine: machineOf('press-1') };
    }

    /** All a gateway calls in some minutes, and frames of every kind. */
    function busy(sink: Sink, machine = machineOf('press-1'), ticks = 500) {
      for (let tick = 0; tick < ticks; tick++) {
        const frame = frameOf(machine, tick, [tick, 1, Number.NaN, 40 + (tick % 7)]);
        frame.quality[2] = Quality.badNoCommunication;
        frame.ageMs[2] = Number.POSITIVE_INFINITY;
        frame.residual.fill(Number.NaN);
        sink.tick(tickOf(frame));
        const timeMs = frame.timeMs;
        sink.event({ kind: 'ticks-missed', timeMs, text: 'late', details: { ticks: 2 } });
        sink.event({ kind: 'source-down', timeMs, machine: machine.id, source: 'shop', text: '"gone"\n' });
        sink.deadLetter({ source: 'shop', reason: 'parse', timeMs, excerpt: '{"v":\u0000\ud800' });
        const state = tick % 2 === 0 ? 'raised' : 'cleared';
        const evidence = evidenceOf(2, 40, tick % 5 === 0 ? Number.NaN : 1);
        sink.alarm(changeOf('raised', alarmOf(`alarm.${tick % 3}`, { state, evidence, score: Number.NaN })));
        if (tick % 10 === 0) sink.health(healthAt(timeMs));
        if (tick % 10 === 5) sink.forecast(outlookOf(machine.id, timeMs, tick % 3 === 0 ? Number.NaN : 0.1));
        const details = { version: tick };
        sink.event({ kind: 'recalibrated', timeMs, machine: machine.id, text: 'better', details });
      }
    }

    test('start resolves without a peer, and no call throws', async () => {
      const { sink, machine } = await stage();
      await sink.start(contextOf([machine]));
      expect(() => busy(sink, machine)).not.toThrow();
      expect(sink.report().sink).toBe(sink.name);
    });

    test('a frame of a machine it was not told of does no harm', async () => {
      const { sink, peer, machine } = await stage();
      await peer.connect?.();
      await sink.start(contextOf([machine]));
      expect(() => sink.tick(tickOf(frameOf(machineOf('unknown'), 1)))).not.toThrow();
      expect(() => sink.forecast(outlookOf('unknown', sceneMs))).not.toThrow();
      expect(() => sink.alarm(changeOf('raised', alarmOf('a', { machine: 'unknown' })))).not.toThrow();
      const event = {
        kind: 'recalibrated',
        machine: 'unknown',
        timeMs: sceneMs,
        text: '',
        details: { version: 2 },
      };
      expect(() => sink.event({ ...event, kind: 'recalibrated' })).not.toThrow();
    });

    test('a peer that is away or dead costs a bounded queue and counted drops, and stop still resolves', async () => {
      for (const trouble of ['disconnect', 'freeze'] as const) {
        const { sink, peer, machine } = await stage();
        if (peer[trouble] === undefined) continue;
        await peer.connect?.();
        await sink.start(contextOf([machine]));
        await peer[trouble]?.();
        busy(sink, machine, 2000);
        const { depth, dropped } = sink.report();
        expect(depth).toBeLessThanOrEqual(peer.depthMax);
        const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
        expect(lost).toBeGreaterThan(0);
        await sink.stop();
      }
    });

    test('nothing throws after the stop, and stopping twice is stopping once', async () => {
      const { sink, peer, machine } = await stage();
      await peer.connect?.();
      await sink.start(contextOf([machine]));
      busy(sink, machine, 20);
      await sink.stop();
      expect(() => busy(sink, machine, 20)).not.toThrow();
      await sink.stop();
    });

    test('a sink that was never connected stops at once', async () => {
      const { sink, machine } = await stage();
      await sink.start(contextOf([machine]));
      sink.event({ kind: 'started', timeMs: sceneMs, text: 'up' });
      const tookMs = startWatch();
      await sink.stop();
      // Who waits for acknowledgements waits two seconds.
      expect(tookMs()).toBeLessThan(1000);
    });
  });
}
