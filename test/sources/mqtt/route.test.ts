// The route cache: one route a topic, and no more memory than it may have.
import { expect, test } from 'vitest';
import { compilePlan } from '../../../src/sources/mqtt/plan.ts';
import { createRouteCache } from '../../../src/sources/mqtt/route.ts';
import { mqttSourceSchema } from '../../../src/sources/mqtt/schema.ts';

const { topics } = mqttSourceSchema.parse({
  type: 'mqtt',
  topics: [{ topic: 'shop/{machine}/data', fields: { v: '{machine}/v' } }],
});

test('a topic keeps its route, and the names come from its captures', () => {
  const routes = createRouteCache(topics.map(compilePlan));
  const route = routes.find('shop/mill-1/data');
  expect(route?.specs.map(({ name }) => name)).toEqual(['mill-1/v']);
  expect(routes.find('shop/mill-1/data')).toBe(route);
  expect(routes.find('shop/mill-1/other')).toBeUndefined();
});

test('ever new topics push out the oldest; topics that are not ours take no room', () => {
  const routes = createRouteCache(topics.map(compilePlan), 100);
  const first = routes.find('shop/m0/data');
  for (let i = 0; i < 1000; i++) {
    routes.find(`shop/m${i}/data`);
    routes.find(`elsewhere/m${i}`);
  }
  expect(routes.size).toBe(100);
  expect(routes.find('shop/m0/data')).not.toBe(first);
  expect(routes.find('shop/m0/data')?.specs).toEqual(first?.specs);
});

test('each topic has a clock of its own, unless the configuration says whose it is; without a time, none', () => {
  const clocksOf = (time: object | undefined, ...names: string[]) => {
    const config = mqttSourceSchema.parse({
      type: 'mqtt',
      topics: [
        { topic: 'shop/{machine}/{sensor}', ...(time && { time }), fields: { v: '{machine}/{sensor}' } },
      ],
    });
    const routes = createRouteCache(config.topics.map(compilePlan));
    return names.map((name) => {
      const { clock, clockTrusted } = routes.find(name)!.specs[0]!;
      return { clock, clockTrusted };
    });
  };
  const topicsOf = ['shop/m1/a', 'shop/m1/b', 'shop/m2/a'] as const;
  const clocks = (time: object | undefined) => clocksOf(time, ...topicsOf).map(({ clock }) => clock);
  expect(clocks({ field: 't' })).toEqual(topicsOf);
  expect(clocks({ field: 't', clock: '{machine}' })).toEqual(['m1', 'm1', 'm2']);
  expect(clocks(undefined)).toEqual([undefined, undefined, undefined]);
  expect(clocksOf({ field: 't', trusted: true }, 'shop/m1/a')[0]!.clockTrusted).toBe(true);
  expect(() => clocks({ field: 't', clock: '{machin}' })).toThrow('{machin} is not a capture of the topic');
});
