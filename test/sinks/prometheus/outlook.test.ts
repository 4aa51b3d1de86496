// What a scrape says of risk and maintenance.
import { expect, test } from 'vitest';
import type { Forecast, Risk } from '../../../src/core/forecast.ts';
import { encode } from '../../../src/sinks/prometheus/encode.ts';
import { outlookOf, sceneMs } from '../../suites/scene.ts';
import { goodFrame, healthOf, layout, samplesOf } from './scene.ts';

const never = { p10: Number.POSITIVE_INFINITY, p50: Number.POSITIVE_INFINITY, p90: Number.POSITIVE_INFINITY };
const failure = { about: 'it fails', threshold: 1, curve: [], hours: never };
const health = healthOf();
const risk: Risk = {
  ...{
    horizonH: 12,
    particles: 100,
    seed: 1,
    timeMs: health.timeMs - 90_000,
    probability: 0.7,
    level: 'medium',
  },
  ...{ limiting: 'pump-worn', loadHours: 3, notes: [], tookMs: 250 },
  failures: [
    { ...failure, failure: 'pump-worn', component: 'pump', probability: 0.4 },
    { ...failure, failure: 'seal-2-worn', component: 'seal.2', probability: 0 },
    { ...failure, failure: 'oil-hot', probability: 0 },
  ],
};

function scrape(more: Partial<Forecast>) {
  const forecast = { ...outlookOf('mill-1', sceneMs), ...more };
  const learnt = () => ({ forecast, recalibrations: { adopted: 0, rejected: 0, rolled_back: 0 } });
  const before = encode({
    health,
    frames: [goodFrame(layout('mill-1'))],
    nodeVersion: '24',
    seriesMax: 1850,
  });
  const encoded = encode({
    health,
    frames: [goodFrame(layout('mill-1'))],
    nodeVersion: '24',
    seriesMax: 1850,
    learnt,
  });
  return {
    samples: samplesOf(encoded.text),
    more: encoded.series - before.series,
    added: samplesOf(encoded.text).size - samplesOf(before.text).size,
  };
}

const window = { machine: 'mill-1', about: ['pump'], resources: [], text: '', beforeMs: 9e12 };

test('each failure of what has ever worked has its probability, the machine its level', () => {
  const { samples } = scrape({ risk });
  expect(samples.get('gemel_failure_probability{machine="mill-1",failure="pump-worn"}')).toBe(0.4);
  expect(samples.get('gemel_failure_probability{machine="mill-1",failure="oil-hot"}')).toBe(0);
  expect(samples.has('gemel_failure_probability{machine="mill-1",failure="seal-2-worn"}')).toBe(false);
  expect(samples.get('gemel_failure_any_probability{machine="mill-1"}')).toBe(0.7);
  expect(samples.get('gemel_risk_level{machine="mill-1"}')).toBe(1);
  expect(samples.get('gemel_forecast_age_seconds{machine="mill-1"}')).toBe(90);
  expect(samples.get('gemel_forecast_duration_seconds{machine="mill-1"}')).toBe(0.25);
  expect(samples.get('gemel_forecast_horizon_seconds{machine="mill-1"}')).toBe(43_200);
});

test('the earliest window is told, and how many there are', () => {
  const late = { ...window, startMs: 8e12, endMs: 8.1e12, urgent: false };
  const { samples } = scrape({ maintenance: [late, { ...late, startMs: 7e12, urgent: true }] });
  expect(samples.get('gemel_maintenance_start_timestamp_seconds{machine="mill-1",urgent="true"}')).toBe(7e9);
  expect(samples.get('gemel_maintenance_windows{machine="mill-1"}')).toBe(2);
  expect(scrape({ maintenance: [] }).samples.get('gemel_maintenance_windows{machine="mill-1"}')).toBe(0);
});

test('without a risk there is no series of one, never a zero that looks like one', () => {
  const { samples } = scrape({});
  expect([...samples.keys()].filter((name) => /failure|risk|forecast|maintenance/.test(name))).toEqual([]);
});

test('what it takes of a scrape is counted, or a little more', () => {
  for (const each of [
    {},
    { risk },
    { risk, maintenance: [] },
    { risk, maintenance: [{ ...window, startMs: 1, endMs: 2, urgent: false }] },
  ]) {
    const { more, added } = scrape(each);
    expect(more).toBeGreaterThanOrEqual(added);
    expect(more - added).toBeLessThanOrEqual(4);
  }
});
