// What the core has to say, as people read it: on the machine's event topic and in the log.
import { expect, test } from 'vitest';
import type { TwinNews } from '../../../src/core/twin-command.ts';
import { newsEvent } from '../../../src/runtime/twins/news.ts';

const span = { fromMs: 0, toMs: 1 };
const common = { machine: 0 } as const;

test.each<[TwinNews, object, string, string]>([
  [
    {
      ...{
        ...common,
        kind: 'recalibrated',
        group: 'heat',
        reason: 'drift',
        values: { 'heat.rth': 0.2 },
        sigma: {},
      },
      ...{ learnt: span, trial: span, errorBefore: 3.1, errorAfter: 0.9 },
    },
    { version: 4 },
    'recalibrated',
    'mill-1 recalibrated heat: error 3.1 → 0.9 sigmas, version 4',
  ],
  [
    {
      ...common,
      kind: 'not-recalibrated',
      group: 'heat',
      why: 'too little data',
      errorBefore: Number.NaN,
      errorAfter: Number.NaN,
    },
    {},
    'not-recalibrated',
    'mill-1 was not recalibrated in heat: too little data',
  ],
  [
    { ...common, kind: 'diverged', output: 'spindle.current', divergence: 0.1234 },
    {},
    'diverged',
    'mill-1 no longer does what its twin says: divergence 0.123, most in spindle.current',
  ],
  [
    { ...common, kind: 'replaced', component: 'tool.3', wear: 0.8123 },
    {},
    'replaced',
    'mill-1: tool.3 is new; the old one was worn to 81.2 %',
  ],
  [
    {
      ...common,
      kind: 'inspected',
      component: 'tool.3',
      wearBefore: 0.5,
      wear: 0.4,
      factorBefore: 1,
      factor: 0.8,
    },
    { version: 2 },
    'inspected',
    'mill-1: tool.3 was inspected: wear 50 % → 40 %; it wears 0.8 times as fast as expected (before: 1)',
  ],
  [
    {
      ...{ ...common, kind: 'inspected', component: 'bearing', wearBefore: 1.5e-7, wear: 0.195 },
      ...{ factorBefore: 1, factor: 1 },
    },
    { version: 2 },
    'inspected',
    'mill-1: bearing was inspected: wear 0 % → 19.5 %',
  ],
  [
    { ...common, kind: 'parameters', values: {}, unknown: ['a'], clamped: ['b'] },
    { version: 5, rolledBackTo: 2 },
    'parameters-rolled-back',
    'mill-1: parameters are those of version 2 again, as version 5; not known: a; kept within bounds: b',
  ],
  [
    { ...common, kind: 'parameters', values: {}, unknown: [], clamped: [] },
    { version: 5 },
    'parameters-set',
    'mill-1: parameters set, version 5',
  ],
  [
    {
      ...common,
      kind: 'restored',
      gapS: 12.34,
      integrated: true,
      wear: { 'tool.3': 0.0012, bearing: 0.00001 },
    },
    { gap: 'integrated' },
    'restored',
    'mill-1 is back after 12.3 s in which it is taken to have worked as before; wear added: tool.3 +0.12 %, bearing +0.001 %',
  ],
  [
    { ...common, kind: 'restored', gapS: 86_400, integrated: false, wear: {} },
    { gap: 'too long' },
    'restored',
    'mill-1 is back after an unknown gap of 24 h: it was working before, and nobody knows for how long; no wear was added',
  ],
  [
    { ...common, kind: 'restored', gapS: 60, integrated: false, wear: {} },
    { gap: 'at rest' },
    'restored',
    'mill-1 is back after 60 s; it was at rest before; no wear was added',
  ],
  [
    { ...common, kind: 'restored', gapS: -1, integrated: false, wear: {} },
    { gap: 'unknown' },
    'restored',
    'mill-1 is back after a gap that the clocks cannot tell; no wear was added',
  ],
  [
    { ...common, kind: 'returned', gapS: 1500, gap: 'integrated', wear: { 'tool.3': 0.2, bearing: 1e-9 } },
    {},
    'restored',
    'mill-1 sends data again after 25 min in which it is taken to have worked as before; wear added: tool.3 +20 %',
  ],
  [
    { ...common, kind: 'returned', gapS: 50_400, gap: 'at rest', wear: {} },
    {},
    'restored',
    'mill-1 sends data again after 14 h; it was at rest before; no wear was added',
  ],
])('%j', (news, context, kind, text) => {
  const event = newsEvent(news, { machine: 'mill-1', timeMs: 7, version: undefined, ...context });
  expect(event).toMatchObject({ kind, machine: 'mill-1', timeMs: 7, text });
  // Details are numbers and words, and JSON has them all.
  for (const value of Object.values(event!.details!)) expect(['number', 'string']).toContain(typeof value);
});

test('what is refused only the asker hears', () => {
  const refused: TwinNews = { kind: 'refused', machine: 0, command: 'replaced', why: 'no' };
  expect(newsEvent(refused, { machine: 'mill-1', timeMs: 7, version: 1 })).toBeUndefined();
});
