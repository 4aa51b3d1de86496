// What a scrape says of a known state, and what it leaves unsaid.
import { describe, expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import { encode } from '../../../src/sinks/prometheus/encode.ts';
import { newFamily } from '../../../src/sinks/prometheus/exposition.ts';
import { outlookOf } from '../../suites/scene.ts';
import { goodFrame, healthOf, historyReport, layout, mqttReport, samplesOf, sourceReport } from './scene.ts';

const presses = { state: 'behaviour', names: ['idle', 'pressing'] };
const base = { nodeVersion: '24.0.0', seriesMax: 1850 };

describe('the history', () => {
  const health = healthOf({ history: historyReport, sinks: [mqttReport] });
  const encoded = encode({ ...base, health, frames: [] });
  const samples = samplesOf(encoded.text);

  test.each([
    ['gemel_history_state{state="ok"}', 0],
    ['gemel_history_state{state="full"}', 1],
    ['gemel_history_samples_total', 4000],
    ['gemel_history_samples_dropped_total', 7],
    ['gemel_history_samples_waiting', 12],
    ['gemel_history_bytes', 1e6],
    ['gemel_history_wal_bytes', 2e5],
    ['gemel_history_free_bytes', 0],
    ['gemel_history_commit_seconds{quantile="0.99"}', 0.035],
    ['gemel_history_commit_seconds_sum', 1.1],
    ['gemel_history_commit_seconds_count', 50],
    ['gemel_backfill_backlog_seconds{sink="mqtt"}', 12.5],
    ['gemel_backfill_samples_total{sink="mqtt"}', 3000],
  ])('%s is %d', (series, value) => {
    expect(samples.get(series)).toBe(value);
  });

  test('is counted as it is', () => {
    expect(encoded.series).toBe(samples.size);
  });

  test('without one there is nothing of it', () => {
    expect(encode({ ...base, health: healthOf(), frames: [] }).text).not.toContain('gemel_history');
  });
});

describe('a scrape', () => {
  const frame = goodFrame(layout('mill-1'));
  const samples = samplesOf(encode({ ...base, health: healthOf(), frames: [frame] }).text);

  test.each([
    ['gemel_ticks_total', 18_446],
    ['gemel_ticks_missed_total', 2],
    ['gemel_build_info{version="0.1.0",node="24.0.0"}', 1],
    ['gemel_samples_received_total{source="shop"}', 120],
    ['gemel_samples_rejected_total{source="shop",reason="parse"}', 3],
    ['gemel_samples_rejected_total{source="shop",reason="inbox_full"}', 0],
    ['gemel_source_up{source="shop"}', 1],
    ['gemel_source_clock_offset_seconds{source="shop"}', 1.5],
    ['gemel_source_clock_drift_ppm{source="shop"}', -12.5],
    ['gemel_samples_rejected_total{source="shop",reason="rate"}', 0],
    ['gemel_signal_value{machine="mill-1",signal="spindle.current"}', 5.25],
    ['gemel_signal_age_seconds{machine="mill-1",signal="spindle.current"}', 0.038],
    ['gemel_signal_good{machine="mill-1",signal="spindle.speed"}', 1],
    ['gemel_twin_value{machine="mill-1",signal="spindle.current"}', 5.5],
    ['gemel_twin_residual_sigmas{machine="mill-1",signal="spindle.current"}', -0.31],
    ['gemel_twin_divergence_ratio{machine="mill-1"}', 0.021],
    ['gemel_twin_mode{machine="mill-1",mode="tracking"}', 1],
    ['gemel_twin_mode{machine="mill-1",mode="diverged"}', 0],
    ['gemel_outbox_depth{sink="mqtt"}', 4],
    ['gemel_outbox_dropped_total{sink="mqtt",reason="overflow"}', 9],
  ])('says %s is %d', (series, value) => {
    expect(samples.get(series)).toBe(value);
  });

  test('counts what it made', () => {
    const encoded = encode({ ...base, health: healthOf(), frames: [frame] });
    expect(encoded.series).toBe(samplesOf(encoded.text).size);
    expect(encoded.omitted).toEqual([]);
  });
});

describe('what a twin has learnt', () => {
  const doing = { ...layout('press-1'), model: { ...layout('press-1').model, behaviour: presses } };
  const frame = { ...goodFrame(doing), behaviour: 1 };
  const recalibrations = { adopted: 2, rejected: 1, rolled_back: 0 };
  const learnt = () => ({ forecast: outlookOf('press-1', 0), parameterVersion: 3, recalibrations });
  const encoded = encode({ ...base, health: healthOf(), frames: [frame], learnt });
  const samples = samplesOf(encoded.text);

  test.each([
    ['gemel_machine_behaviour{machine="press-1",behaviour="pressing"}', 1],
    ['gemel_machine_behaviour{machine="press-1",behaviour="idle"}', 0],
    ['gemel_wear_ratio{machine="press-1",component="pump"}', 0.25],
    ['gemel_wear_sigma_ratio{machine="press-1",component="pump"}', 0.02],
    ['gemel_wear_limit_ratio{machine="press-1",component="pump"}', 0.8],
    ['gemel_rul_hours{machine="press-1",component="pump",quantile="0.1"}', 301.234567],
    ['gemel_rul_hours{machine="press-1",component="pump",quantile="0.5"}', 445.5],
    ['gemel_rul_limiting{machine="press-1",component="pump"}', 1],
    ['gemel_load_watched_seconds{machine="press-1"}', 26.5 * 3600],
    ['gemel_machine_time_seconds_total{machine="press-1",doing="pressing"}', 7200],
    ['gemel_machine_count_total{machine="press-1",of="strokes"}', 42],
    ['gemel_twin_parameter_version{machine="press-1"}', 3],
    ['gemel_twin_recalibrations_total{machine="press-1",outcome="adopted"}', 2],
    ['gemel_twin_recalibrations_total{machine="press-1",outcome="rejected"}', 1],
    ['gemel_twin_recalibrations_total{machine="press-1",outcome="rolled_back"}', 0],
  ])('says %s is %d', (series, value) => {
    expect(samples.get(series)).toBe(value);
  });

  test('has no series for a life that nobody can see the end of, nor for a tool that never worked', () => {
    expect(samples.has('gemel_rul_hours{machine="press-1",component="pump",quantile="0.9"}')).toBe(false);
    expect(encoded.text).toContain('component="seal.1"');
    expect(encoded.text).not.toContain('seal.2');
  });

  test('is never more than was counted for it', () => {
    expect(encoded.series).toBeGreaterThanOrEqual(samples.size);
    expect(encoded.series - samples.size).toBeLessThanOrEqual(2);
  });
});

describe('what is not known', () => {
  test('a value that went missing has no series, and is not good', () => {
    const frame = goodFrame(layout('mill-1'));
    frame.value[1] = Number.NaN;
    frame.ageMs[1] = Number.POSITIVE_INFINITY;
    frame.quality[1] = Quality.badNoCommunication;
    const samples = samplesOf(encode({ ...base, health: healthOf(), frames: [frame] }).text);
    const of = '{machine="mill-1",signal="spindle.current"}';
    expect(samples.has(`gemel_signal_value${of}`)).toBe(false);
    expect(samples.has(`gemel_signal_age_seconds${of}`)).toBe(false);
    expect(samples.get(`gemel_signal_good${of}`)).toBe(0);
    expect(samples.has('gemel_signal_value{machine="mill-1",signal="spindle.speed"}')).toBe(true);
  });

  test('an offline twin does not report a perfect divergence', () => {
    const frame = goodFrame(layout('mill-1'));
    frame.mode = 'offline';
    const samples = samplesOf(encode({ ...base, health: healthOf(), frames: [frame] }).text);
    expect(samples.has('gemel_twin_divergence_ratio{machine="mill-1"}')).toBe(false);
    expect(samples.get('gemel_twin_mode{machine="mill-1",mode="offline"}')).toBe(1);
  });

  test('a source that is down, with a clock nobody has seen', () => {
    const health = healthOf({ sources: [sourceReport('shop', { link: 'down', clockOffsetMs: Number.NaN })] });
    const samples = samplesOf(encode({ ...base, health, frames: [] }).text);
    expect(samples.get('gemel_source_up{source="shop"}')).toBe(0);
    expect(samples.has('gemel_source_clock_offset_seconds{source="shop"}')).toBe(false);
  });

  test('a metric without a sample has no header either', () => {
    expect(encode({ ...base, health: healthOf(), frames: [] }).text).not.toContain('gemel_signal_value');
  });
});

test('the cap leaves out whole machines, names them, and keeps the rest', () => {
  const many = Array.from({ length: 200 }, (_, i) => `axis.${i}`);
  const frames = ['a', 'b', 'c', 'd'].map((id) => goodFrame(layout(id, many)));
  const encoded = encode({ ...base, health: healthOf(), frames });
  expect(encoded.omitted).toEqual(['machine b', 'machine c', 'machine d']);
  expect(encoded.series).toBeLessThanOrEqual(1850);
  expect(samplesOf(encoded.text).size).toBeLessThanOrEqual(1850);
  expect(encoded.text).toContain('machine="a"');
});

test('label values and help are escaped', () => {
  const family = newFamily('x', 'gauge', 'one\\two\nthree', ['a']);
  family.add(1, 'say "hi"\\\n');
  expect(family.text()).toBe('# HELP x one\\\\two\\nthree\n# TYPE x gauge\nx{a="say \\"hi\\"\\\\\\n"} 1\n');
});
