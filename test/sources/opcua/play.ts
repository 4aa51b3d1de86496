// A source beside a server that a test holds in its hand: opens both, and takes both down.
import { join } from 'node:path';
import type { Source } from '../../../src/ports.ts';
import { opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';
import { createOpcuaSource } from '../../../src/sources/opcua/source.ts';
import { createKeptFeed } from '../../kept-feed.ts';
import { freePort, tempDir } from '../../ports.ts';
import { keptLog } from '../../silent-log.ts';
import { type Stage, type StageOptions, startStage } from './stage-server.ts';

export async function newPlay() {
  const state = await tempDir();
  const port = await freePort();
  const sources: Source[] = [];
  const stages: Stage[] = [];
  return {
    dir: state.path,
    async stage(options?: StageOptions) {
      const stage = await startStage(port, state.path, options);
      stages.push(stage);
      return stage;
    },
    async source(
      tags: Record<string, unknown>,
      extra: Record<string, unknown> = {},
      known: Readonly<Record<string, number>> = {},
    ) {
      const config = opcuaSourceSchema.parse({
        type: 'opcua',
        url: `opc.tcp://127.0.0.1:${port}`,
        publishingMs: 50,
        samplingMs: 20,
        // What is told again is a test of its own.
        confirmMs: 0,
        security: { mode: 'None', allowNone: true },
        tags,
        ...extra,
      });
      const log = keptLog();
      const clock = { nowMs: Date.now, monotonicMs: () => performance.now() };
      const source = createOpcuaSource('cnc', config, { log, clock, pkiDir: join(state.path, 'pki') });
      sources.push(source);
      const feed = createKeptFeed(Date.now(), 100_000);
      // The time of the feed goes on, as that of a gateway does.
      feed.nowMs = Date.now;
      feed.known = known;
      await source.start(feed);
      const of = (name: string) => feed.samples.filter(({ tag }) => tag === name);
      const said = (part: string) => log.lines.filter(({ message }) => message.includes(part));
      return { source, feed, log, of, last: (name: string) => of(name).at(-1), said };
    },
    async close() {
      await Promise.all(sources.splice(0).map((source) => source.stop()));
      await Promise.all(stages.splice(0).map((stage) => stage.stop()));
      await state.remove();
    },
  };
}
export type Play = Awaited<ReturnType<typeof newPlay>>;
