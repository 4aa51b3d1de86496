// One fault is one line: consequences go under their first cause, and stand by themselves when it is gone.
import { describe, expect, test } from 'vitest';
import { isTold } from '../../../src/core/alarm.ts';
import type { SignalOrigin } from '../../../src/core/detect/detection.ts';
import { mill } from '../../../src/core/models/mill/index.ts';
import { bookOf, condition, rowOf, type TestBook } from './book-of.ts';

const [current, winding, xCurrent] = ['spindle.current', 'spindle.windingTemp', 'axis.x.current'].map(
  rowOf,
) as [number, number, number];
const all = [...mill.inputs, ...mill.outputs].map((_, row) => row);
const quick = { onDelayS: 0, offDelayS: 2 };

/** The spindle's sensors hang on one device, the axis on another. */
const origins = all.map((row): SignalOrigin => {
  return { source: 'shop', device: row === xCurrent ? 'drive' : 'esp-1' };
});

const conditions = [
  condition('shop.link', 'link', { ...quick, rows: all }),
  condition('current.silent', 'silent', { ...quick, rows: [current] }),
  condition('winding.silent', 'silent', { ...quick, rows: [winding] }),
  condition('winding.limit', 'limits', { ...quick, rows: [winding] }),
  condition('current.residual', 'cusum', { ...quick, rows: [current] }),
  condition('winding.residual', 'cusum', { ...quick, rows: [winding] }),
  condition('x.residual', 'cusum', { ...quick, rows: [xCurrent] }),
  condition('winding.stuck', 'stuck', { ...quick, rows: [winding] }),
  condition('pattern', 'ensemble', { ...quick, rows: all }),
];

const book = () => bookOf(conditions, { origins });
const under = (mill1: TestBook, id: string) => mill1.alarm(id)?.under;
const list = (mill1: TestBook) => [...mill1.book.live.values()].filter(isTold).map(({ id }) => id);

describe('consequences', () => {
  test('of a silent device are under its first alarm, and a link that is down is over all of them', () => {
    const one = book();
    one.set('current.silent', 1);
    one.set('winding.silent', 1);
    one.set('current.residual', 1);
    one.run(1);
    expect(list(one)).toEqual(['current.silent']);
    expect(under(one, 'winding.silent')).toBe('current.silent');
    one.set('shop.link', 1);
    one.run(1);
    expect(list(one)).toEqual(['shop.link']);
    expect(one.alarm('shop.link')?.consequences.toSorted()).toEqual([
      ...['current.residual', 'current.silent', 'winding.silent'],
    ]);
    expect(one.alarm('current.silent')?.consequences).toEqual([]);
  });

  test('that are found at the same tick find their cause, whichever is listed first', () => {
    const one = bookOf(conditions.toReversed(), { origins });
    for (const { id } of conditions.slice(0, 3)) one.set(id, 1);
    one.run(0.1);
    expect(list(one)).toEqual(['shop.link']);
  });

  test('of the machine are told under the first, of the same part and in time; others stand by themselves', () => {
    const one = book();
    one.set('current.residual', 1);
    one.run(10);
    one.set('winding.residual', 1);
    one.set('x.residual', 1);
    one.set('pattern', 1);
    one.run(1);
    expect(list(one)).toEqual(['current.residual', 'x.residual']);
    const late = book();
    late.set('current.residual', 1);
    late.run(130);
    late.set('winding.residual', 1);
    late.run(1);
    expect(list(late)).toEqual(['current.residual', 'winding.residual']);
  });

  test('do not hide a bound that people have set, unless its very sensor is at fault', () => {
    const one = book();
    one.set('current.residual', 1);
    one.run(1);
    one.set('winding.limit', 1);
    one.run(1);
    expect(list(one)).toEqual(['winding.limit']);
    expect(under(one, 'current.residual')).toBe('winding.limit');
    const other = book();
    other.set('winding.stuck', 1);
    other.run(600);
    other.set('winding.limit', 1);
    other.run(1);
    expect(under(other, 'winding.limit')).toBe('winding.stuck');
  });

  test('that trip are told all the same', () => {
    const one = book();
    one.set('winding.stuck', 1);
    one.run(1);
    one.set('winding.limit', 2);
    one.run(1);
    expect(under(one, 'winding.limit')).toBe('winding.stuck');
    expect(list(one).toSorted()).toEqual(['winding.limit', 'winding.stuck']);
  });

  test('that go with their cause are never heard of', () => {
    const one = book();
    for (const id of ['shop.link', 'current.silent', 'winding.silent']) one.set(id, 1);
    one.run(1);
    one.told();
    one.set('shop.link', 0);
    one.run(1);
    for (const id of ['current.silent', 'winding.silent']) one.set(id, 0);
    one.run(30);
    expect(one.told().filter((text) => text.endsWith('promoted'))).toEqual([]);
    expect(one.book.live.size).toBe(1);
    expect(one.alarm('shop.link')).toMatchObject({ state: 'cleared', consequences: [] });
  });

  test('that stand when their cause is gone stand by themselves after a moment, grouped anew', () => {
    const one = book();
    for (const id of ['shop.link', 'current.silent', 'winding.silent']) one.set(id, 1);
    one.run(1);
    one.set('shop.link', 0);
    one.run(5);
    expect(list(one)).toEqual(['shop.link']);
    one.run(15);
    expect(one.alarm('current.silent')?.under).toBeUndefined();
    expect(under(one, 'winding.silent')).toBe('current.silent');
    expect(list(one).toSorted()).toEqual(['current.silent', 'shop.link']);
    expect(one.told()).toContain('current.silent promoted');
  });

  test('are those of another when their cause is suppressed', () => {
    const names = mill.behaviour!.names;
    const one = bookOf(
      [
        condition('winding.stuck', 'stuck', { ...quick, rows: [winding], suppressedIn: ['idle'] }),
        conditions[3]!,
      ],
      { origins },
    );
    one.set('winding.stuck', 1);
    one.set('winding.limit', 1);
    one.run(1);
    expect(list(one)).toEqual(['winding.stuck']);
    one.frame.behaviour = names.indexOf('idle');
    one.run(20);
    expect(list(one)).toEqual(['winding.limit']);
  });
});
