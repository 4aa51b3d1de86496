// What a configuration may say of forecast and maintenance, and what it is told when it makes no sense.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { planForecast } from '../../src/config/forecast.ts';
import { inspectConfig, parseConfig } from '../../src/config/load.ts';
import { models } from '../../src/core/models/index.ts';
import { mill } from '../../src/core/models/mill/index.ts';

const machine = (more: string) =>
  `version: 1\nmachines:\n  mill-1:\n    model: mill\n    signals: {}\n${more}`;

function problems(text: string): string[] {
  return inspectConfig(text, 'gemel.yaml', { env: {}, models }).problems.map((one) => one.text);
}

function planned(more: string) {
  const { config } = parseConfig(machine(more), 'gemel.yaml', { env: {}, models });
  return planForecast(config.machines['mill-1']!.forecast, config.forecast, mill);
}

describe('failures', () => {
  test('are those of the model without a word', () => {
    expect(planned('')).toMatchObject({
      enabled: true,
      everyS: 60,
      horizonH: 24,
      particles: 1000,
      failures: mill.failures,
    });
  });
  test('have other thresholds, are left out, and are added', () => {
    const { failures, horizonH } = planned(`    forecast:
      horizonH: 72
      failures:
        winding-hot: 95
        current-high: off
        spindle-worn: { threshold: 0.6, about: service }
        bearing-serviced: { component: bearing, threshold: 0.5 }
        bearing-gone: { component: bearing }
        housing-hot: { output: spindle.housingTemp, threshold: 60 }
`);
    const of = (name: string) => failures.find((one) => one.name === name);
    expect(horizonH).toBe(72);
    expect(of('winding-hot')).toMatchObject({ threshold: 95, of: { output: 'spindle.windingTemp' } });
    expect(of('current-high')).toBeUndefined();
    expect(of('spindle-worn')).toMatchObject({
      threshold: 0.6,
      about: 'service',
      of: { component: 'spindle' },
    });
    expect(of('bearing-serviced')).toMatchObject({ threshold: 0.5, about: 'bearing is worn to 0.5' });
    expect(of('bearing-gone')).toMatchObject({ threshold: 0.8 });
    expect(of('housing-hot')).toMatchObject({ threshold: 60, about: 'spindle.housingTemp passes 60 degC' });
    expect(failures).toHaveLength(mill.failures!.length - 1 + 3);
  });
  test('that name nothing are complained about where they are', () => {
    const text = machine(`    forecast:
      failures:
        winding-hott: 95
        odd: { component: bearin }
        both: { component: bearing, output: spindle.current }
        none: { about: nothing }
        open: { output: spindle.current }
`);
    expect(problems(text)).toEqual([
      expect.stringContaining('no failure "winding-hott", did you mean "winding-hot"?'),
      expect.stringContaining('unknown component "bearin", did you mean "bearing"?'),
      expect.stringContaining('of a component or of an output, not of both'),
      expect.stringContaining('expected component or output'),
      expect.stringContaining('an output needs a threshold'),
    ]);
  });
});

describe('maintenance', () => {
  test('that cannot be is complained about', () => {
    const text = `${machine('')}maintenance:
  zone: Europe/Berlinn
  holidays: ["2026-02-30", "2026-12-24/2026-12-20"]
  blocked: [{ from: 2026-12-03T08:00, to: 2026-12-03T07:00 }]
  resources: { technician: 1 }
  work:
    bearin: {}
    mill-2/bearing: {}
    spindle: { resources: { technician: 2 } }
    tool: { resources: [crane] }
    winding-hot: {}
    "*": { resources: [technician] }
`;
    expect(problems(text)).toEqual([
      expect.stringContaining('unknown time zone "Europe/Berlinn"'),
      expect.stringContaining('there is no 2026-02-30'),
      expect.stringContaining('it ends before it begins'),
      expect.stringContaining('it ends before it begins'),
      expect.stringContaining('no machine has a component or failure "bearin", did you mean "bearing"?'),
      expect.stringContaining('unknown machine "mill-2", did you mean "mill-1"?'),
      expect.stringContaining('it needs 2 of "technician", and there are 1'),
      expect.stringContaining('unknown resource "crane"'),
    ]);
  });
  test('hours are written as people write them', () => {
    const bad = `${machine('')}maintenance: { hours: { mon: ["7-16"] } }\n`;
    expect(problems(bad)[0]).toContain('expected hours such as "07:00-15:30"');
    expect(
      problems(`${machine('')}maintenance: { hours: { mon: ["22:00-06:00", "14:00-24:00"] } }\n`),
    ).toEqual([]);
  });
});

test('the examples of docs/forecast.md are right', () => {
  const text = readFileSync(new URL('../../docs/forecast.md', import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block]) => block!);
  expect(blocks).toHaveLength(2);
  const full = blocks.map((block) =>
    block.replace('  mill-1:\n', '  mill-1:\n    model: mill\n    signals: {}\n'),
  );
  for (const block of full) {
    const whole = block.includes('machines:') ? `version: 1\n${block}` : `${machine('')}${block}`;
    expect(problems(whole)).toEqual([]);
  }
});
