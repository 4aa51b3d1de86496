// Topic patterns: what they take, what they capture, and that hostile topics get nowhere.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileTopic, fillTemplate } from '../../../src/sources/mqtt/topic.ts';

const match = (pattern: string, topic: string) => compileTopic(pattern).match(topic);

describe('topic patterns', () => {
  test.each([
    ['shop/{machine}/esp32/+', 'shop/+/esp32/+', 'shop/mill-1/esp32/spindle', ['mill-1']],
    ['{site}/{machine}/#', '+/+/#', 'a/b/c/d', ['a', 'b']],
    ['{site}/{machine}/#', '+/+/#', 'a/b', ['a', 'b']],
    ['shop/esp32-{id}.v{major}/data', 'shop/+/data', 'shop/esp32-7.v2/data', ['7', '2']],
    ['a.b/c', 'a.b/c', 'a.b/c', []],
    ['$SYS/broker/load', '$SYS/broker/load', '$SYS/broker/load', []],
    ['a//{x}', 'a//+', 'a//y', ['y']],
    ['+/x', '+/x', '/x', []],
  ])('%s subscribes to %s and takes %s', (pattern, filter, topic, captured) => {
    expect(compileTopic(pattern).filter).toBe(filter);
    expect(match(pattern, topic)).toEqual(captured);
  });

  test.each([
    ['a.b/c', 'axb/c'],
    ['shop/{machine}', 'shop/mill-1/more'],
    ['shop/{machine}', 'my/shop/mill-1'],
    ['shop/{machine}', 'shop/'],
    ['shop/+/x', 'shop/a/b/x'],
    ['+/x', '$SYS/x'],
    ['#', '$SYS/broker/uptime'],
  ])('%s does not take %s', (pattern, topic) => {
    expect(match(pattern, topic)).toBeUndefined();
  });

  test.each([
    '+',
    '#',
    '$',
    '$SYS',
    '..',
    '.',
    '...',
    '',
    ' ',
    'a b',
    'a\u0000b',
    '\u0000',
    'a\nb',
    'ä',
    'mill’',
    '%2e%2e',
    '../../etc',
    "';--",
    '{machine}',
    'a'.repeat(65),
    '\ud800',
    'a\u202eb',
  ])('a captured %j is refused', (text) => {
    expect(match('shop/{machine}/v', `shop/${text}/v`)).toBeUndefined();
  });

  test('a hundred levels, a very long topic and control characters are refused, even where # takes all', () => {
    expect(match('shop/{machine}/#', `shop/m/${'a/'.repeat(20)}z`)).toEqual(['m']);
    expect(match('shop/{machine}/#', `shop/m/${'a/'.repeat(98)}z`)).toBeUndefined();
    expect(match('shop/{machine}/#', `shop/m/${'a'.repeat(600)}`)).toBeUndefined();
    expect(match('shop/{machine}/#', 'shop/m/a\u0000b')).toBeUndefined();
    expect(match('shop/{machine}/+', 'shop/m/#')).toBeUndefined();
  });

  test('whatever is captured is a short plain word', () => {
    const pattern = compileTopic('shop/{machine}/{part}/#');
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 80 }), { maxLength: 6 }), (levels) => {
        const captured = pattern.match(['shop', ...levels].join('/'));
        for (const text of captured ?? []) expect(text).toMatch(/^(?!\.+$)[A-Za-z0-9._-]{1,64}$/);
      }),
    );
  });

  test.each(['a/#/b', 'a/b#', 'a+/b', '{}/a', '{1x}/a', '{a}/{a}', '{a/b}', 'a/{b', '$share/g/a', 'a\u0000'])(
    'the pattern %j is a mistake',
    (pattern) => {
      expect(() => compileTopic(pattern)).toThrow();
    },
  );
});

test('a template is filled from the captures, and asks for none that are not there', () => {
  expect(fillTemplate('{b}/{a}.v', ['a', 'b'], ['x', 'y'])).toBe('y/x.v');
  expect(() => fillTemplate('{c}', ['a', 'b'], ['x', 'y'])).toThrow('{c} is not a capture of the topic');
});
