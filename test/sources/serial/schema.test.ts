// A user's mistakes in a serial source are found before anything is opened, each at its key.
import { expect, test } from 'vitest';
import { declaredTags, serialSourceSchema } from '../../../src/sources/serial/schema.ts';

const sound = {
  type: 'serial',
  path: '/dev/serial/by-id/usb-imu',
  columns: ['t', 'x', 'y', 'z'],
  time: { field: 't', format: 'millis' },
  fields: { x: { tag: 'ax', unit: 'g' }, y: { tag: 'ay', unit: 'g' }, z: { tag: 'az', unit: 'g' } },
  calibration: [{ inputs: ['ax', 'ay', 'az'] }],
};

function complaints(change: object): string[] {
  const result = serialSourceSchema.safeParse({ ...sound, ...change });
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('a sound one passes, and tells its tags', () => {
  expect(complaints({})).toEqual([]);
  expect(declaredTags(serialSourceSchema.parse(sound))).toEqual([
    { name: 'ax', unit: 'g', kind: 'number' },
    { name: 'ay', unit: 'g', kind: 'number' },
    { name: 'az', unit: 'g', kind: 'number' },
  ]);
});

test.each([
  ['/dev/ttyUSB0'],
  ['/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0'],
  ['tcp://192.168.1.20:4001'],
  ['tcp://[::1]:4001'],
])('%s is a path', (path) => {
  expect(complaints({ path })).toEqual([]);
});

test.each([['COM3'], ['ttyUSB0'], ['tcp://host'], ['http://host:80'], ['']])('%s is none', (path) => {
  expect(complaints({ path })).toEqual(['path: expected /dev/serial/by-id/usb-… or tcp://host:port']);
});

const matrix = (rows: unknown) => ({ calibration: [{ inputs: ['ax', 'ay', 'az'], matrix: rows }] });

test.each([
  ['no columns', { columns: undefined }, 'line: csv wants "columns", a name for every column'],
  ['a column twice', { columns: ['t', 'x', 'x', 'y', 'z'] }, 'columns.2: "x" is there twice'],
  [
    'a field without a column',
    { fields: { ...sound.fields, q: 'q' } },
    'fields.q: "q" is not one of "columns"',
  ],
  [
    'trust in a device without a clock',
    { time: { field: 't', format: 'millis', trusted: true } },
    'time.trusted: millis counts from the start of the device: no clock',
  ],
  ['a time without a column', { time: { field: 's' } }, 'time.field: "s" is not one of "columns"'],
  [
    'the time as a value',
    { fields: { ...sound.fields, t: 't' } },
    'fields.t: "t" is the time or the sequence, and no value',
  ],
  [
    'time and sequence in one',
    { sequence: 't' },
    'sequence: one field cannot be both the time and the sequence',
  ],
  [
    'two fields to one tag',
    { columns: ['t', 'x', 'y', 'z', 'q'], fields: { ...sound.fields, q: 'ax' } },
    'fields.q: two fields make the tag "ax"',
  ],
  ['nothing to read', { fields: {}, calibration: [] }, 'line: csv wants at least one of "fields"'],
  [
    'a number without a tag',
    { line: 'number', columns: undefined, fields: undefined, time: undefined, calibration: [] },
    'line: number wants "tag"',
  ],
  [
    'a calibration of a tag that is not there',
    { calibration: [{ inputs: ['ax', 'ay', 'gz'] }] },
    'calibration.0.inputs.2: "gz" is not a tag of this source',
  ],
  [
    'two calibrations of one tag',
    { calibration: [...sound.calibration, ...sound.calibration] },
    'calibration.1.inputs.0: "ax" is calibrated twice',
  ],
  [
    'axes in different units',
    { fields: { ...sound.fields, z: { tag: 'az', unit: 'm/s²' } } },
    'calibration.0.inputs: the three axes have different units',
  ],
  [
    'a matrix that loses an axis',
    matrix([
      [1, 0, 0],
      [0, 1, 0],
      [1, 1, 0],
    ]),
    'calibration.0.matrix: the matrix has no inverse: it would lose an axis',
  ],
  [
    'a separator that numbers contain',
    { separator: '.' },
    'separator: expected one character that is no part of a number',
  ],
])('%s is a mistake', (_what, change, complaint) => {
  expect(complaints(change)).toContain(complaint);
});

test.each([
  [
    'two rows',
    matrix([
      [1, 0, 0],
      [0, 1, 0],
    ]),
  ],
  [
    'a row of four',
    matrix([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1, 0],
    ]),
  ],
  ['a flat list', matrix([1, 0, 0, 0, 1, 0, 0, 0, 1])],
  ['a bias of two', { calibration: [{ inputs: ['ax', 'ay', 'az'], bias: [1, 2] }] }],
  ['two inputs', { calibration: [{ inputs: ['ax', 'ay'] }] }],
])('a calibration with %s is refused', (_what, change) => {
  expect(complaints(change).some((text) => text.startsWith('calibration.0'))).toBe(true);
});
