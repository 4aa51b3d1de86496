// Alarms as metrics: what stands, what nobody has seen, how often they came; from the first scrape on, and bounded.
import { describe, expect, test } from 'vitest';
import { causes, severities } from '../../../src/core/finding.ts';
import { alarmSeries, createAlarmCounts } from '../../../src/sinks/prometheus/alarms.ts';
import { encode } from '../../../src/sinks/prometheus/encode.ts';
import { frameOf, healthAt, machineOf, sceneMs } from '../../suites/scene.ts';
import { alarmOf, changeOf } from '../alarm-scene.ts';

function page() {
  const machine = machineOf('press-1');
  const counts = createAlarmCounts([machine]);
  const scrape = (more: object = {}) =>
    encode({
      ...{ health: healthAt(sceneMs), frames: [frameOf(machine, 1)], alarms: counts.of },
      ...{ nodeVersion: '24', seriesMax: 1850, ...more },
    });
  const value = (series: string) => {
    const line = scrape()
      .text.split('\n')
      .find((each) => each.startsWith(`gemel_${series} `));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
  };
  return { counts, scrape, value };
}

const at = '{machine="press-1"}';
const active = (severity: string) => `alarms_active{machine="press-1",severity="${severity}"}`;
const raised = (severity: string, cause: string) =>
  `alarms_raised_total{machine="press-1",severity="${severity}",cause="${cause}"}`;

describe('metrics of alarms', () => {
  test('are there from the first scrape on, all zero, and as many as was said', () => {
    const { scrape, value } = page();
    const without = scrape({ alarms: undefined });
    const lines = scrape()
      .text.split('\n')
      .filter((line) => /^gemel_alarm/.test(line));
    expect(lines).toHaveLength(alarmSeries);
    expect(scrape().series - without.series).toBe(alarmSeries);
    expect(lines.every((line) => line.endsWith(' 0'))).toBe(true);
    for (const severity of severities) {
      expect(value(active(severity))).toBe(0);
      for (const cause of causes) expect(value(raised(severity, cause))).toBe(0);
    }
  });

  test('follow an alarm from its raise to its end', () => {
    const { counts, value } = page();
    const alarm = alarmOf();
    const seen = () => [
      value(active('high')),
      value(`alarms_unacknowledged${at}`),
      value(`alarms_shelved${at}`),
    ];
    counts.alarm(changeOf('raised', alarm));
    expect(seen()).toEqual([1, 1, 0]);
    counts.alarm(changeOf('acknowledged', { ...alarm, state: 'acknowledged' }));
    expect(seen()).toEqual([1, 0, 0]);
    counts.alarm(changeOf('shelved', { ...alarm, shelvedUntilMs: sceneMs + 1 }));
    expect(seen()).toEqual([0, 0, 1]);
    const gone = { ...alarm, state: 'normal', active: false, shelvedUntilMs: sceneMs + 1 } as const;
    counts.alarm(changeOf('cleared', gone));
    expect(seen()).toEqual([0, 0, 1]);
    counts.alarm(changeOf('unshelved', alarm));
    counts.alarm(changeOf('cleared', { ...alarm, state: 'cleared', active: false }));
    expect(seen()).toEqual([0, 1, 0]);
    counts.alarm(changeOf('removed', { ...alarm, state: 'normal', active: false }));
    expect(seen()).toEqual([0, 0, 0]);
    expect(value(raised('high', 'machine'))).toBe(1);
  });

  test('count a trip by its new severity, and leave out what nobody is told', () => {
    const { counts, value } = page();
    counts.alarm(changeOf('raised', alarmOf('a', { cause: 'comms', severity: 'low' })));
    counts.alarm(changeOf('escalated', alarmOf('a', { cause: 'comms', severity: 'critical', trip: true })));
    counts.alarm(changeOf('raised', alarmOf('b', { under: 'a' })));
    counts.alarm(changeOf('raised', alarmOf('c', { suppressedBy: 'off' })));
    counts.alarm(changeOf('chattering', alarmOf('a', { severity: 'critical', trip: true })));
    expect([value(active('low')), value(active('high')), value(active('critical'))]).toEqual([0, 0, 1]);
    expect([value(raised('low', 'comms')), value(raised('high', 'machine'))]).toEqual([1, 2]);
    expect(value(`alarm_chatter_total${at}`)).toBe(1);
  });

  test('restored alarms stand, and were not raised anew', () => {
    const { counts, value } = page();
    counts.alarm(changeOf('restored', alarmOf()));
    expect([value(active('high')), value(raised('high', 'machine'))]).toEqual([1, 0]);
  });

  test('a thousand alarms and machines that there are not make no series', () => {
    const { counts, scrape, value } = page();
    const before = scrape().series;
    for (let i = 0; i < 1000; i++) {
      counts.alarm(changeOf('raised', alarmOf(`alarm.${i}`)));
      counts.alarm(changeOf('raised', alarmOf('a', { machine: `unknown-${i}` })));
    }
    expect(scrape().series).toBe(before);
    expect(value(active('high'))).toBe(1000);
    expect(scrape().text).not.toContain('unknown-');
  });

  test('say how unusual a machine is to each kind of detector, within the bound of a scrape', () => {
    const { scrape } = page();
    const scores = () => ({ limits: 0, pca: 0.25, forest: Number.NaN });
    const { text } = scrape({ scores });
    expect(text).toContain('gemel_anomaly_score{machine="press-1",detector="pca"} 0.25\n');
    expect(text).toContain('gemel_anomaly_score{machine="press-1",detector="limits"} 0\n');
    expect(text).not.toContain('forest');
    const { series, omitted } = scrape({ scores, seriesMax: scrape().series + 2 });
    expect(omitted).toEqual(['machine press-1']);
    expect(series).toBeLessThan(scrape().series);
  });
});
