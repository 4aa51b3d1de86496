// Our OPC UA source, without a gateway around it, and what it delivers.
import { join } from 'node:path';
import { isBad } from '../../src/core/quality.ts';
import { opcuaSourceSchema } from '../../src/sources/opcua/schema.ts';
import { createOpcuaSource } from '../../src/sources/opcua/source.ts';
import { cleanUp, stateDir } from '../broker/fixture.ts';
import { createKeptFeed } from '../kept-feed.ts';
import { keptLog } from '../silent-log.ts';

const clock = { nowMs: Date.now, monotonicMs: () => performance.now() };
const open = { mode: 'None', allowNone: true };

/** The source, as it is configured, and what it delivers. */
export async function follow(url: string, tags: object) {
  const config = opcuaSourceSchema.parse({
    ...{ type: 'opcua', url, security: open, publishingMs: 50, samplingMs: 10 },
    // What is said again when it does not change, as on a busy machine, would be there twice.
    confirmMs: 0,
    tags,
  });
  const log = keptLog();
  const source = createOpcuaSource('asyncua', config, { log, clock, pkiDir: join(await stateDir(), 'pki') });
  const feed = Object.assign(createKeptFeed(), { nowMs: Date.now });
  cleanUp(() => source.stop());
  await source.prepare?.();
  await source.start(feed);
  const of = (tag: string) => feed.samples.filter((sample) => sample.tag === tag);
  const good = (tag: string) => of(tag).filter(({ quality }) => !isBad(quality));
  return { source, feed, log, of, good };
}
