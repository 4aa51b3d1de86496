// Alarms as an operator sees them come and go: delays, chattering, latches, modes, shelves.
import { describe, expect, test } from 'vitest';
import { Origins } from '../../../src/core/frame.ts';
import { bookOf, condition, counts, rowOf } from './book-of.ts';

const hot = condition('hot');

describe('delays', () => {
  test('what does not last is none, what lasts is one, and what is gone for long enough is cleared', () => {
    const mill = bookOf([hot]);
    mill.set('hot', 1);
    mill.run(0.9);
    mill.set('hot', 0);
    mill.run(10);
    expect(mill.told()).toEqual([]);
    mill.set('hot', 1);
    mill.run(1.1);
    expect(mill.told('hot')).toEqual(['raised']);
    expect(mill.alarm('hot')).toMatchObject({ state: 'raised', active: true, trip: false, count: 1 });
    mill.set('hot', 0);
    mill.run(4.9);
    expect(mill.alarm('hot')?.active).toBe(true);
    mill.run(0.5);
    expect(mill.told('hot')).toEqual(['cleared']);
    expect(mill.alarm('hot')).toMatchObject({ state: 'cleared', active: false });
  });

  test('are times of the gateway: ticks that never were make no difference', () => {
    const mill = bookOf([hot]);
    mill.run(1);
    mill.set('hot', 1);
    mill.run(0.1);
    mill.run(60, true);
    expect(mill.told('hot')).toEqual(['raised']);
    mill.set('hot', 0);
    mill.run(0.1);
    mill.run(60, true);
    expect(mill.told('hot')).toContain('cleared');
  });

  test('a warning becomes a trip and a warning again, which an acknowledgement outlives only downwards', () => {
    const mill = bookOf([hot]);
    mill.set('hot', 1);
    mill.run(2);
    expect(mill.ask({ alarm: 'hot', action: 'acknowledge' })).toBe('');
    mill.set('hot', 2);
    mill.run(1.2);
    expect(mill.told('hot')).toEqual(['raised', 'acknowledged', 'escalated']);
    expect(mill.alarm('hot')).toMatchObject({ state: 'raised', trip: true, severity: 'critical' });
    mill.ask({ alarm: 'hot', action: 'acknowledge' });
    mill.set('hot', 1);
    mill.run(6);
    expect(mill.told('hot')).toEqual(['acknowledged', 'eased']);
    expect(mill.alarm('hot')).toMatchObject({ state: 'acknowledged', trip: false, severity: 'medium' });
    mill.set('hot', 0);
    mill.run(6);
    expect(mill.told('hot').filter((kind) => kind !== 'evidence')).toEqual(['cleared', 'removed']);
    expect(mill.alarm('hot')).toBeUndefined();
  });

  test('a trip at once is one alarm, and gone at once is not first a warning', () => {
    const mill = bookOf([hot]);
    mill.set('hot', 2);
    mill.run(2);
    expect(mill.told('hot')).toEqual(['raised']);
    mill.set('hot', 0);
    mill.run(6);
    expect(mill.told('hot')).toEqual(['cleared']);
  });
});

describe('what nobody can see', () => {
  test('is not gone: the off-delay counts from the return of data', () => {
    const mill = bookOf([hot]);
    mill.set('hot', 2);
    mill.run(2);
    mill.told();
    mill.know(false);
    mill.set('hot', 0);
    mill.run(600);
    expect(mill.told('hot').filter((kind) => kind !== 'evidence')).toEqual([]);
    expect(mill.alarm('hot')).toMatchObject({ state: 'raised', trip: true });
    mill.know(true);
    mill.run(4.5);
    expect(mill.told('hot')).toEqual([]);
    mill.run(1);
    expect(mill.told('hot')).toEqual(['cleared']);
  });

  test('and is back as it was does not count as coming again', () => {
    const mill = bookOf([hot]);
    mill.set('hot', 1);
    mill.run(2);
    mill.know(false);
    mill.set('hot', 0);
    mill.run(60);
    mill.know(true);
    mill.set('hot', 1);
    mill.run(60);
    expect(mill.alarm('hot')).toMatchObject({ state: 'raised', count: 1, occurrence: 1 });
  });
});

describe('an hour of a flapping signal', () => {
  const rhythms = [
    [0.1, 0.1],
    [1, 1],
    [3, 4.5],
    [10, 20],
    [60, 60],
    [5, 200],
  ] as const;

  test.each(rhythms)(
    '%f s on and %f s off is one alarm, told a few times, and cleared once at the end',
    (on, off) => {
      const mill = bookOf([condition('hot', 'limits', { onDelayS: 0 })]);
      for (let s = 0; s < 3600; s += on + off) {
        mill.set('hot', 1);
        mill.run(on);
        mill.set('hot', 0);
        mill.run(off);
      }
      mill.run(1300);
      const told = counts(mill.changes);
      expect(told.raised).toBe(1);
      // Of a rhythm slower than its off-delay the first gap is one: nobody can know.
      expect(told.returned ?? 0).toBeLessThanOrEqual(off > 5 ? 1 : 0);
      expect(told.cleared).toBe(1 + (told.returned ?? 0));
      expect(told.chattering ?? 0).toBeLessThanOrEqual(8);
      expect(mill.alarm('hot')).toMatchObject({ occurrence: 1, state: 'cleared' });
      const times = Math.ceil(3600 / (on + off));
      expect(Math.abs(mill.alarm('hot')!.count - times)).toBeLessThanOrEqual(1);
    },
  );

  test('after which it is as quick to clear as before', () => {
    const mill = bookOf([hot]);
    for (let i = 0; i < 60; i++) {
      mill.set('hot', 1);
      mill.run(20);
      mill.set('hot', 0);
      mill.run(20);
    }
    mill.run(1200);
    mill.changes.length = 0;
    mill.set('hot', 1);
    mill.run(400);
    mill.set('hot', 0);
    mill.run(5.5);
    expect(mill.told('hot').at(-1)).toBe('cleared');
  });
});

describe('latched', () => {
  const latched = condition('hot', 'limits', { latched: true });

  test('it stays until somebody has reset it and somebody has acknowledged it', () => {
    const mill = bookOf([latched]);
    mill.set('hot', 1);
    mill.run(2);
    expect(mill.ask({ alarm: 'hot', action: 'reset' })).toMatch(/still holds/);
    mill.set('hot', 0);
    mill.run(6);
    expect(mill.told('hot')).toEqual(['raised', 'latched']);
    expect(mill.alarm('hot')).toMatchObject({ state: 'raised', active: false, latched: true });
    mill.ask({ alarm: 'hot', action: 'acknowledge' });
    expect(mill.alarm('hot')).toMatchObject({ state: 'acknowledged', latched: true });
    mill.ask({ alarm: 'hot', action: 'reset', by: 'Ben' });
    expect(mill.told('hot')).toEqual(['acknowledged', 'reset', 'removed']);
    expect(mill.ask({ alarm: 'hot', action: 'reset' })).toMatch(/normal/);
  });
});

describe('a shelf', () => {
  test('hides it for its time and no longer; then it is to be acknowledged', () => {
    const mill = bookOf([hot]);
    mill.set('hot', 1);
    mill.run(2);
    mill.ask({ alarm: 'hot', action: 'acknowledge' });
    expect(mill.ask({ alarm: 'hot', action: 'shelve', forS: 60, comment: 'fan is on order' })).toBe('');
    expect(mill.alarm('hot')).toMatchObject({ by: 'Ann', comment: 'fan is on order' });
    mill.run(59);
    expect(mill.alarm('hot')?.shelvedUntilMs).toBeDefined();
    mill.run(2);
    expect(mill.alarm('hot')).toMatchObject({ state: 'raised', shelvedUntilMs: undefined });
    expect(mill.told('hot').filter((kind) => kind !== 'evidence')).toEqual([
      ...['raised', 'acknowledged', 'shelved', 'unshelved'],
    ]);
  });

  test('lasts while it comes and goes below it, and a new occurrence is shelved too', () => {
    const mill = bookOf([hot]);
    mill.set('hot', 1);
    mill.run(2);
    mill.ask({ alarm: 'hot', action: 'shelve', forS: 3600 });
    mill.set('hot', 0);
    mill.run(6);
    expect(mill.alarm('hot')).toMatchObject({ state: 'normal', active: false });
    mill.run(400);
    mill.told();
    mill.set('hot', 1);
    mill.run(2);
    expect(mill.changes.map(({ kind, alarm }) => [kind, alarm.occurrence])).toEqual([
      ['removed', 1],
      ['raised', 2],
    ]);
    expect(mill.alarm('hot')).toMatchObject({ state: 'raised', occurrence: 2 });
    expect(mill.alarm('hot')?.shelvedUntilMs).toBeDefined();
    mill.told();
    mill.set('hot', 0);
    mill.run(3600);
    expect(mill.told('hot').filter((kind) => kind !== 'evidence')).toEqual([
      'cleared',
      'unshelved',
      'removed',
    ]);
  });

  test('ends with a trip: who shelved a warning has not seen that', () => {
    const mill = bookOf([hot]);
    mill.set('hot', 1);
    mill.run(2);
    mill.ask({ alarm: 'hot', action: 'shelve', forS: 3600 });
    mill.set('hot', 2);
    mill.run(2);
    expect(mill.told('hot')).toEqual(['raised', 'shelved', 'unshelved', 'escalated']);
    expect(mill.alarm('hot')?.shelvedUntilMs).toBeUndefined();
  });

  test.each([
    [{ action: 'shelve', forS: 9 * 3600 }, /at most 8 h, not for 9 h/],
    [{ action: 'shelve', forS: -1 }, /above 0/],
    [{ action: 'shelve' }, /for how long/],
    [{ action: 'acknowledge', forS: 60 }, /only a shelving/],
    [{ action: 'unshelve' }, /not shelved/],
    [{ action: 'reset' }, /still holds/],
    [{ action: 'acknowledge', by: ' ' }, /who you are/],
    [{ action: 'acknowledge', by: 'x'.repeat(65) }, /at most 64/],
    [{ action: 'acknowledge', comment: 'x'.repeat(501) }, /at most 500/],
  ] as const)('refuses %o with words, and changes nothing', (request, words) => {
    const mill = bookOf([hot]);
    mill.set('hot', 1);
    mill.run(2);
    const before = mill.alarm('hot');
    expect(mill.ask({ alarm: 'hot', ...request })).toMatch(words);
    expect(mill.alarm('hot')).toEqual(before);
    expect(mill.ask({ alarm: 'cold', action: 'acknowledge' })).toMatch(/no alarm cold; there stand hot/);
  });
});

describe('suppressed by mode', () => {
  test('it lives on untold, and is told when the machine does something else', () => {
    const mill = bookOf([condition('hot', 'limits', { suppressedIn: ['idle'] })]);
    const mode = (name: string) => {
      mill.frame.behaviour = mill.frame.machine.model.behaviour!.names.indexOf(name);
    };
    mode('idle');
    mill.set('hot', 1);
    mill.run(2);
    expect(mill.alarm('hot')).toMatchObject({ state: 'raised', suppressedBy: 'idle' });
    mode('running');
    mill.run(0.1);
    expect(mill.alarm('hot')?.suppressedBy).toBeUndefined();
    mode('idle');
    mill.run(0.1);
    mill.set('hot', 0);
    mill.run(6);
    // Nobody need acknowledge what stood only where it is of no interest.
    expect(mill.told('hot')).toEqual(['raised', 'unsuppressed', 'suppressed', 'cleared', 'removed']);
  });
});

describe('texts', () => {
  test('say what is wrong with numbers in units, and what to do', () => {
    const mill = bookOf([hot, condition('quiet', 'silent', { rows: [rowOf('spindle.current')] })]);
    mill.standing.value[0] = 63.456_78;
    mill.standing.bound[0] = 60;
    mill.set('hot', 1);
    mill.set('quiet', 1);
    mill.run(2);
    expect(mill.alarm('hot')?.text).toBe(
      'spindle.windingTemp is 63.46 °C, beyond its warning limit of 60 °C',
    );
    expect(mill.alarm('hot')).toMatchObject({ value: 63.456_78, bound: 60, unit: 'degC' });
    // A unit of no number would only be asked about.
    expect(mill.alarm('quiet')?.unit).toBeUndefined();
    expect(mill.alarm('quiet')?.text).toBe('nothing comes of spindle.current');
    expect(mill.alarm('quiet')?.action).toMatch(/cable/);
  });

  test('and severities are those of the rules that name it, the last one first', () => {
    const rules = [
      { match: '*', severity: 'low', onDelayS: 0 },
      {
        match: 'h?t',
        severity: 'high',
        text: '{machine}: {signal} at {value}{unit}',
        action: 'Open a window.',
      },
      { match: 'other*', enabled: false },
    ] as const;
    const mill = bookOf([hot, condition('other.one')], { options: { rules, shelveMaxS: 60, groupS: 60 } });
    mill.standing.value[0] = 70;
    mill.set('hot', 1);
    mill.set('other.one', 2);
    mill.run(0.1);
    expect(mill.alarm('hot')).toMatchObject({
      ...{ severity: 'high', text: 'mill-1: spindle.windingTemp at 70°C', action: 'Open a window.' },
    });
    mill.run(5);
    expect(mill.alarm('other.one')).toBeUndefined();
  });
});

describe('what only the twin tells', () => {
  test('is gone when the twin says so: a worn tool that was changed', () => {
    const row = rowOf('tool.flankWear');
    const signals = bookOf([]).frame.machine.signals;
    const origins = signals.map((_, r) => ({ source: r === row ? '' : 'shop', device: '' }));
    const worn = condition('worn', 'limits', { onDelayS: 0, offDelayS: 1, rows: [row] });
    const mill = bookOf([worn], { origins });
    mill.know(false);
    mill.frame.origin[row] = Origins.predicted;
    mill.frame.value[row] = 290;
    mill.set('worn', 1);
    mill.run(1);
    mill.set('worn', 0);
    mill.run(3);
    expect(mill.told('worn')).toEqual(['raised', 'cleared']);
  });
});
