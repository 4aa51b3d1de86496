// The small parts of a session: node ids by namespace, backoff, the watch, the configuration.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { backoffMs, backoffs } from '../../../src/sources/opcua/backoff.ts';
import { resolveNodeText } from '../../../src/sources/opcua/items/node-id.ts';
import { newNews } from '../../../src/sources/opcua/news.ts';
import { opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';
import { newWatch } from '../../../src/sources/opcua/watch.ts';
import { keptLog } from '../../silent-log.ts';

describe('node ids', () => {
  const namespaces = ['http://opcfoundation.org/UA/', 'urn:server', 'urn:gemel:plant:cnc'];

  test('a namespace by name becomes the number of today', () => {
    expect(resolveNodeText('nsu=urn:gemel:plant:cnc;s=a.b;c', namespaces)).toBe('ns=2;s=a.b;c');
    expect(resolveNodeText('nsu=urn:server;i=7', namespaces)).toBe('ns=1;i=7');
  });

  test('a namespace the server does not have is no node', () => {
    expect(resolveNodeText('nsu=urn:other;i=7', namespaces)).toBeUndefined();
  });

  test('a number is taken as it is', () => {
    expect(resolveNodeText('ns=4;s=x', namespaces)).toBe('ns=4;s=x');
    expect(resolveNodeText('i=2258', namespaces)).toBe('i=2258');
  });

  test.each(['Spindle.Speed', 'ns=x;s=a', 'ns=1;q=a', 'nsu=;s=a', 's='])(
    '%s is refused in a configuration',
    (node) => {
      const config = { type: 'opcua', url: 'opc.tcp://127.0.0.1:4840', tags: { a: node } };
      expect(opcuaSourceSchema.safeParse(config).success).toBe(false);
      expect(opcuaSourceSchema.safeParse({ ...config, tags: { a: 'ns=1;s=a' } }).success).toBe(true);
    },
  );
});

test('backoff is full jitter under a ceiling that doubles', () => {
  const spec = { minMs: 500, maxMs: 4000 };
  const ceilings = [1, 2, 3, 4, 5, 1000].map((failures) => backoffMs(spec, failures, 0.999_999));
  expect(ceilings).toEqual([500, 1000, 2000, 4000, 4000, 4000]);
  expect(backoffMs(spec, 3, 0)).toBe(0);
  expect(backoffMs(spec, 3, 0.5)).toBe(1000);
});

describe('the watch', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function watch(silenceMs: number) {
    const now = { monotonicMs: 0, wallMs: 1_790_000_000_000 };
    const troubles: string[] = [];
    const made = newWatch(
      { monotonicMs: () => now.monotonicMs },
      silenceMs,
      { onSilence: (why) => troubles.push(why), onTrouble: (why) => troubles.push(why) },
      () => now.wallMs,
    );
    const pass = (ms: number) => {
      for (let i = 0; i < ms; i += 100) {
        now.monotonicMs += 100;
        now.wallMs += 100;
        vi.advanceTimersByTime(100);
      }
    };
    return { ...made, now, troubles, pass };
  }

  test('tells silence, and not before', () => {
    const { troubles, pass, heard, end } = watch(3000);
    pass(2900);
    heard();
    pass(2900);
    expect(troubles).toEqual([]);
    pass(700);
    expect(troubles[0]).toBe('silent for 3 s');
    end();
    const told = troubles.length;
    pass(5000);
    expect(troubles.length).toBe(told);
  });

  test('tells a subscription that went to sleep while the server answers', () => {
    const { troubles, pass, heard, published, end } = watch(3000);
    const answer = (ms: number) => {
      for (let i = 0; i < ms; i += 500) {
        pass(500);
        heard();
      }
    };
    // Before there is a subscription nothing is expected of it.
    answer(5000);
    published(500);
    answer(2500);
    published(500);
    answer(2900);
    expect(troubles).toEqual([]);
    answer(700);
    expect(troubles[0]).toBe('the server answers, but its subscription is silent for 3 s');
    end();
  });

  test('waits for three keep-alives of a server that gives them rarely', () => {
    const { troubles, pass, heard, published, end } = watch(3000);
    published(2000);
    for (let i = 0; i < 11; i++) {
      pass(500);
      heard();
    }
    expect(troubles).toEqual([]);
    for (let i = 0; i < 3; i++) {
      pass(500);
      heard();
    }
    expect(troubles[0]).toBe('the server answers, but its subscription is silent for 6 s');
    end();
  });

  test('does not take its own sleep for the silence of the server', () => {
    const { troubles, pass, now, end } = watch(3000);
    pass(1000);
    // The whole machine was suspended, both clocks went on.
    now.monotonicMs += 60_000;
    now.wallMs += 60_000;
    pass(1500);
    expect(troubles).toEqual([]);
    pass(2000);
    expect(troubles[0]).toBe('silent for 3 s');
    end();
  });

  test('tells a stepped wall clock, forwards and backwards, once each', () => {
    const { troubles, pass, heard, now, end } = watch(60_000);
    pass(1000);
    now.wallMs += 3_600_000;
    pass(1000);
    heard();
    now.wallMs -= 120_000;
    pass(1000);
    expect(troubles).toEqual([
      'the wall clock was stepped by 3600 s',
      'the wall clock was stepped by -120 s',
    ]);
    end();
  });

  test('lets the wall clock be slewed', () => {
    const { troubles, pass, now, end } = watch(60_000);
    for (let i = 0; i < 20; i++) {
      now.wallMs += 300;
      pass(500);
    }
    expect(troubles).toEqual([]);
    end();
  });
});

test('a link that comes and goes is told three times, and again once it lasted', () => {
  const log = keptLog();
  const news = newNews('cnc', 'opc.tcp://cnc', log);
  const said = () => log.lines.splice(0).map(({ fields, message }) => fields['reason'] ?? message);
  for (let i = 0; i < 10; i++) {
    news.up();
    news.down('it was thrown out', false);
  }
  expect(said()).toEqual([
    'connected to the OPC UA server',
    'it was thrown out',
    'connected to the OPC UA server',
    'connected to the OPC UA server; that it comes and goes is not told again until it lasts',
  ]);
  news.up();
  news.down('it was thrown out', true);
  news.down('nothing listens there', false);
  news.down('nothing listens there', false);
  news.up();
  expect(said()).toEqual(['it was thrown out', 'nothing listens there', 'connected to the OPC UA server']);
  expect(news.state()).toEqual({ link: 'up', reason: '' });
});

test('a login that was refused is tried again after ten seconds at the soonest', () => {
  for (const failures of [1, 2, 50]) expect(backoffMs(backoffs.slow, failures, 0)).toBe(10_000);
  expect(backoffMs(backoffs.soon, 1, 0)).toBe(0);
});
