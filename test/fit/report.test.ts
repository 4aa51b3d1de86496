// The reports of a fit: small for any number of rows, needing nothing else, and never written by the file they show.
import { describe, expect, test } from 'vitest';
import type { FitTrace } from '../../src/core/fit/fit.ts';
import { goodnessOf } from '../../src/core/fit/goodness.ts';
import { withInterval } from '../../src/fit/digits.ts';
import type { Fitted } from '../../src/fit/fitted.ts';
import { linesOf } from '../../src/fit/predictions.ts';
import { reportHtml } from '../../src/fit/report-html.ts';
import { reportJson } from '../../src/fit/report-json.ts';
import { reportText } from '../../src/fit/report-text.ts';
import { reportYaml } from '../../src/fit/report-yaml.ts';
import { histogramOf, memoryOf, residualsOf, spansFor } from '../../src/fit/residual-study.ts';
import { dice } from '../core/fit/dice.ts';

const nasty = 'x"><script>alert(1)</script>\u001b[31m';

function fitted(rows: number, file = 'log.csv'): Fitted {
  const { normal } = dice(5);
  const predicted = Float64Array.from({ length: rows }, (_, row) => Math.sin(row / 500));
  const measured = predicted.map((value) => value + 0.1 * normal());
  measured[Math.floor(rows / 3)] = 40;
  const half = Math.floor(rows / 2);
  const trace: FitTrace = {
    ...{ output: 'force', unit: 'N', measured, predicted },
    fit: goodnessOf(measured, predicted, [{ from: 0, to: half }]),
    validation: goodnessOf(measured, predicted, [{ from: half, to: rows }]),
  };
  const timeS = predicted.map((_, row) => row / 1000);
  const free = { known: false, atBound: false, about: 'what it is' };
  return {
    ...{ kind: 'axis', file, judgeFile: undefined, naming: undefined, tables: [], extras: {}, tookS: 1.234 },
    answer: {
      ...{ model: 'axis', method: 'output-error', converged: true, starts: { tried: 3, agreed: 3 } },
      parameters: [
        { ...free, name: 'mass', unit: 'kg', value: 95.123, sigma: 0.15, low95: 94.83, high95: 95.42 },
        { ...free, name: 'coulomb', unit: 'N', value: 3, sigma: 2, low95: 0, high95: 9, atBound: true },
        {
          ...free,
          name: 'kt',
          unit: 'Nm/A',
          value: 0.5,
          sigma: Number.NaN,
          low95: 0.5,
          high95: 0.5,
          known: true,
        },
      ],
      traces: [trace],
      warnings: [`the column ${nasty} is odd`],
      notes: [],
    },
    record: {
      timeS,
      columns: {},
      segments: [
        { from: 0, to: half, use: 'fit' },
        { from: half, to: rows, use: 'validation' },
      ],
    },
    data: {
      rows,
      usable: rows,
      stepS: 0.001,
      timeFrom: 'the column "t"',
      startMs: 0,
      columns: [],
      notes: ['1 row came late'],
    },
    against: [{ name: 'velocity', unit: 'm/s', values: timeS.map((atS) => Math.cos(atS)) }],
    abscissa: { name: 'time', unit: 's' },
  };
}

describe('the HTML report', () => {
  test('of 300,000 rows is small, and its spike is still there', () => {
    const html = reportHtml(fitted(300_000));
    expect(html.length).toBeLessThan(300_000);
    expect(html).toContain('>40</text>');
    expect(html.match(/<svg/g)).toHaveLength(5);
    for (const title of [
      'Measured and predicted',
      'What is left',
      'spread',
      'Autocorrelation',
      'By velocity',
    ]) {
      expect(html).toContain(title);
    }
  });

  test('has no script, no address, and nothing of the file in its markup', () => {
    const html = reportHtml(fitted(500, nasty));
    expect(html).not.toContain('<script');
    expect(html).not.toMatch(/https?:|src=|href=|@import|url\(/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).not.toContain('\u001b');
    expect(html).not.toContain('NaN');
  });
});

test('the text says value, interval, unit and standing', () => {
  const text = reportText(fitted(1000));
  expect(text).toMatch(/^ {2}mass {7}95\.12 ± 0\.30 +kg +estimated/m);
  expect(text).toMatch(/^ {2}coulomb {4}3 \(0 to 9\) +N +AT ITS BOUND/m);
  expect(text).toMatch(/^ {2}kt {9}0\.5 +Nm\/A +known/m);
  expect(text).toMatch(/^ {2}force, validation +500 +0\.\d+ N/m);
  expect(text).toContain('data     1 row came late');
  expect(text).toContain('settled, 3 of 3 starts ended there');
  expect(text).toContain('\\x1b[31m');
  expect(text).not.toMatch(/[^\P{Cc}\n]/u);
});

test('JSON has null where nothing is known; YAML says what is sure', () => {
  const json = JSON.parse(JSON.stringify(reportJson(fitted(100)))) as Record<string, never>;
  expect(json).toMatchObject({
    fit: 'axis',
    converged: true,
    data: { rows: 100, learntFrom: 50, judgedBy: 50 },
  });
  expect(json['parameters']).toMatchObject([
    { name: 'mass', sigma: 0.15 },
    {},
    { name: 'kt', sigma: null, known: true },
  ]);
  const yaml = reportYaml(fitted(100));
  expect(yaml).toMatch(/^parameters:\n {2}mass: 95\.123 +# 95\.12 ± 0\.30 kg\n/m);
  expect(yaml).toContain('# known, Nm/A');
  const lost = fitted(100);
  expect(reportYaml({ ...lost, answer: { ...lost.answer, converged: false } })).toContain('DID NOT SETTLE');
});

test('predictions are row by row, empty where nothing was measured', () => {
  const one = fitted(6);
  one.answer.traces[0]!.measured[1] = Number.NaN;
  const lines = [...linesOf(one)];
  expect(lines).toHaveLength(7);
  expect(lines[2]).toMatch(/^0\.001,fit,1,,0\.00\d+,\n$/);
});

test.each([
  [95.123, 94.83, 95.42, '95.12 ± 0.30'],
  [0.000012, 0.00001, 0.000014, '0.000012 ± 0.000002'],
  [3249, 1, 890_790, '3250 (1 to 891000)'],
  [1, 0.5, 2, '1.00 (0.50 to 2.00)'],
  [0.001, -0.0048, 0.0068, '0.001 ± 0.0058'],
  [5, 5, 5, '5'],
  [5, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, '5'],
])('%d from %d to %d is %s', (value, low, high, text) => {
  expect(withInterval(value, low, high)).toBe(text);
});

test('noise has a bell and no memory; what is left of a wrong model has', () => {
  const { normal } = dice(9);
  const noise = Float64Array.from({ length: 5000 }, () => normal());
  const spans = [{ from: 0, to: 5000 }];
  const { mean, sigma, counts, samples } = histogramOf(noise, spans);
  expect([Math.abs(mean) < 0.05, Math.abs(sigma - 1) < 0.05, samples]).toEqual([true, true, 5000]);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5000);
  const { correlation, bound } = memoryOf(noise, spans)!;
  expect(correlation[0]).toBe(1);
  expect(correlation.slice(1).filter((value) => Math.abs(value) > bound).length).toBeLessThan(8);
  const wave = memoryOf(
    noise.map((_, row) => Math.sin(row / 100)),
    spans,
  )!;
  expect(wave.correlation[5]).toBeGreaterThan(0.9);
  const { record, answer } = fitted(100);
  expect(residualsOf(answer.traces[0]!)).toHaveLength(100);
  expect(spansFor(record, 'validation')).toEqual([{ from: 50, to: 100, use: 'validation' }]);
});
