// No row of bad input without a test of its name, none without a line in the documentation, and none too many.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const rows = [
  'Malformed or truncated JSON, bad UTF-8, BOM, depth > 16, `__proto__` keys',
  'Payload over the limit (256 KiB default), more than 64 fields in one message',
  'NaN, ±Infinity, `"NaN"`, 1e999, null',
  'Number as a string, boolean for a number, decimal comma',
  "Outside the tag's physical range or slew limit",
  'Unit change',
  'Duplicate (same source and sequence, or same time and value)',
  'Late or out of order',
  'Time in s / ms / µs / ns / ISO 8601 without zone',
  'Before 2020 (an ESP32 before NTP), 2000-epoch',
  'More than 5 s in the future',
  'Drifting device clock, float32-quantised epoch seconds, clock running backwards',
  'Stuck sensor (opt-in per tag)',
  'Silent sensor',
  'Retained MQTT message on subscribe',
  "Topic injection (`+ # $ ..`, NUL, 100 levels, another device's id)",
  'OPC UA Uncertain / Bad status',
  'OPC UA BadNodeIdUnknown after a server restart',
  'ExtensionObject, opaque structure',
  'Arrays, matrices',
  'Int64 / UInt64',
  'Serial noise: binary, no newline, partial first line, merged lines, bad checksum',
  'Ten times the expected rate',
];

const docs = join(import.meta.dirname, '../../docs');
const lines = readFileSync(join(docs, 'inputs.md'), 'utf8')
  .split('\n')
  .filter((line) => line.includes('.test.ts)'))
  .map((line) => line.slice(2, -2).split(' | '));

describe('the table of docs/inputs.md', () => {
  test('has every row, and no other', () => {
    expect(lines.map(([input]) => input)).toEqual(rows);
  });
  test.each(rows)('%s: the test it names is there', (row) => {
    const [, , link = ''] = lines.find(([input]) => input === row) ?? [];
    const text = readFileSync(join(docs, /\((.*)\)/.exec(link)![1]!), 'utf8');
    const titles = [...text.matchAll(/(?:describe\(|const row =)\s*(['"`])(.*?)\1[,;]/gs)].map(
      ([, , title]) => title!,
    );
    expect(titles.some((title) => title === row || title.startsWith(`${row}:`))).toBe(true);
  });
});
