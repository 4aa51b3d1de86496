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
