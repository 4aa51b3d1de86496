// One OPC UA source and nothing else in a process of its own: for what is measured of it (memory), and for what is
// done to it (a clock that is set).

import type { Feed } from '../../../src/ports.ts';
import { opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';
import { createOpcuaSource } from '../../../src/sources/opcua/source.ts';

export interface SourceReport {
  readonly samples: number;
  readonly bad: number;
  /** Wall time of each first good sample after a bad one. */
  readonly backMs: readonly number[];
  readonly last: { readonly value: number; readonly quality: number; readonly sourceMs: number };
  readonly link: string;
  readonly reason: string;
  readonly reasons: readonly string[];
  readonly clocks: number;
  readonly wallMs: number;
}

export interface SourceMemory {
  readonly rssMb: number;
  readonly heapMb: number;
}

const [configText = '{}', pkiDir = ''] = process.argv.slice(2);
const config = opcuaSourceSchema.parse(JSON.parse(configText));
const clock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  monotonicMs: () => performance.now(),
};

let samples = 0;
let bad = 0;
let clocks = 0;
let wasBad = true;
const backMs: number[] = [];
const reasons: string[] = [];
const last = { value: Number.NaN, quality: 0, sourceMs: Number.NaN };
const feed: Feed = {
  tag: () => 0,
  push(_tag, value, quality, sourceMs) {
    const isBad = quality >>> 31 === 1;
    if (isBad) bad++;
    else samples++;
    if (wasBad && !isBad) backMs.push(Date.now());
    wasBad = isBad;
    Object.assign(last, { value, quality, sourceMs });
    return true;
  },
  pushExact: () => true,
  peerClock() {
    clocks++;
  },
  reject() {},
  remark() {},
  committed: () => undefined,
  nowMs: clock.nowMs,
};
const log = {
  debug() {},
  info() {},
  warn(fields: object) {
    if ('reason' in fields) reasons.push(String(fields.reason));
  },
  error() {},
};
const source = createOpcuaSource('measured', config, { log, clock, pkiDir });
await source.start(feed);
const leave = () => process.exit(0);
process.on('message', (question: 'report' | 'memory' | 'stop') => {
  if (question === 'report') process.send?.(report());
  else if (question === 'memory') process.send?.(memory());
  else void stop();
});
process.on('disconnect', leave);
process.send?.('started');

/** Nothing that is left of the source may keep the process from its end. */
async function stop(): Promise<void> {
  await source.stop();
  process.off('disconnect', leave);
  process.disconnect();
}

/** Asked again and again while the source is measured: it must cost next to nothing. */
function report(): SourceReport {
  const { link, reason } = source.health();
  return { samples, bad, backMs, last, link, reason, reasons, clocks, wallMs: Date.now() };
}

function memory(): SourceMemory {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rssMb: rss / 2 ** 20, heapMb: heapUsed / 2 ** 20 };
}
