// The pure parts of asking a server: browse paths, batches under limits, what a configuration may say of a tag,
// what is told of refusals.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numberSteps, type PathStep, parseBrowsePath } from '../../../src/sources/opcua/items/browse-path.ts';
import { newItemReport } from '../../../src/sources/opcua/items/item-report.ts';
import { declaredTags, opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';
import { type CallLimits, inBatches } from '../../../src/sources/opcua/session/limits.ts';
import { planTags } from '../../../src/sources/opcua/tag-plan.ts';
import { keptLog } from '../../silent-log.ts';

describe('browse paths', () => {
  const uri = 'http://opcfoundation.org/UA/DI/';

  test('a name without a namespace has that of the name before it', () => {
    expect(parseBrowsePath(`/Objects/nsu=${uri};DeviceSet/Spindle/0:Server/2:x/y`)).toEqual([
      { namespace: 0, name: 'Objects' },
      { namespace: uri, name: 'DeviceSet' },
      { namespace: uri, name: 'Spindle' },
      { namespace: 0, name: 'Server' },
      { namespace: 2, name: 'x' },
      { namespace: 2, name: 'y' },
    ]);
  });

  test('& takes a character as it is', () => {
    expect(parseBrowsePath('/a&/b/c&&d/&2:e')).toEqual([
      { namespace: 0, name: 'a/b' },
      { namespace: 0, name: 'c&d' },
      { namespace: 0, name: '2:e' },
    ]);
  });

  test('what was written is read again, whatever the names', () => {
    const step = fc.record({
      namespace: fc.constantFrom<string | number>(0, 2, uri, 'urn:x'),
      name: fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('2:x', 'nsu=a;b', '/', '&', 'a/b&c')),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        expect(parseBrowsePath(formatBrowsePath(steps))).toEqual(steps);
      }),
    );
  });

  test.each(['', 'Objects', '/', '/Objects/', '//x', `/${'a/'.repeat(65)}a`])('%j is none', (text) => {
    expect(typeof parseBrowsePath(text)).toBe('string');
  });

  test('numbers of today; a namespace that is not there leads nowhere', () => {
    const steps = [{ namespace: 'urn:x', name: 'a' }];
    expect(numberSteps(steps, ['zero', 'one', 'urn:x'])).toEqual([{ namespaceIndex: 2, name: 'a' }]);
    expect(numberSteps(steps, ['zero'])).toBeUndefined();
  });
});

describe('batches', () => {
  const limitsOf = (read: number): CallLimits => ({ read, browse: 1, translate: 1, monitor: 1, history: 1 });
  const items = Array.from({ length: 1000 }, (_, i) => i);

  /** A server that takes so many, whatever it says. */
  async function run(limit: number, takes: number, refusal = 'BadTooManyOperations (0x80100000)') {
    const sizes: number[] = [];
    const limits = limitsOf(limit);
    const results = await inBatches(limits, 'read', items, async (batch) => {
      sizes.push(batch.length);
      if (batch.length > takes) throw new Error(`ServiceFault: ${refusal}`);
      return batch.map((item) => item * 2);
    });
    return { sizes, results, limits };
  }

  test('each item has its answer, in order', async () => {
    const { sizes, results } = await run(300, 300);
    expect(sizes).toEqual([300, 300, 300, 100]);
    expect(results).toEqual(items.map((item) => item * 2));
  });

  test('a batch that is refused for its size is halved until it passes, and stays so', async () => {
    const { sizes, results, limits } = await run(500, 130);
    expect(sizes.slice(0, 4)).toEqual([500, 250, 125, 125]);
    expect(results).toEqual(items.map((item) => item * 2));
    expect(limits.read).toBe(125);
  });

  test('any other refusal is passed on, and so is one of a single item', async () => {
    await expect(run(500, 0, 'BadUserAccessDenied')).rejects.toThrow('BadUserAccessDenied');
    await expect(run(500, 0)).rejects.toThrow('BadTooManyOperations');
  });

  test('too few answers are no answers', async () => {
    await expect(inBatches(limitsOf(10), 'read', items, async () => [1])).rejects.toThrow('1 answers to 10');
  });
});

describe('what a configuration may say of a tag', () => {
  const parse = (tag: unknown) =>
    opcuaSourceSchema.safeParse({ type: 'opcua', url: 'opc.tcp://127.0.0.1:4840', tags: { a: tag } });
  const node = 'ns=1;s=a';

  test.each([
    ['a node id', node],
    ['a path', '/Objects/2:a'],
    [
      'a node with all there is',
      { node, samplingMs: 0, queueSize: 5, deadband: { percent: 5 }, index: 1, length: 3 },
    ],
    ['a matrix', { node, index: [0, 1], length: [2, 2] }],
    ['a member', { path: '/Objects/2:a', field: 'axes.0.load', kind: 'int64' }],
    ['words', { node, kind: 'enum', enum: { on: 1 } }],
  ])('%s', (_what, tag) => {
    expect(parse(tag).error?.issues).toBeUndefined();
  });

  test.each([
    ['neither node nor path', { unit: 'A' }],
    ['both', { node, path: '/a' }],
    ['a length of nothing', { node, length: 3 }],
    ['another rank', { node, index: 1, length: [2, 2] }],
    ['words of no enumeration', { node, enum: { on: 1 } }],
    ['a scaled enumeration', { node, kind: 'enum', scale: 2 }],
    ['a scaled exact integer', { node, kind: 'int64', scale: 2 }],
    ['a deadband of a boolean', { node, kind: 'boolean', deadband: { absolute: 1 } }],
    ['two deadbands', { node, deadband: { absolute: 1, percent: 1 } }],
    ['a field of nothing', { node, field: 'a..b' }],
    ['a prototype', { node, field: '__proto__.x' }],
    ['a broken path', '/Objects//x'],
  ])('not %s', (_what, tag) => {
    expect(parse(tag).success).toBe(false);
  });

  test('tags and their units, however they were written', () => {
    const config = opcuaSourceSchema.parse({
      type: 'opcua',
      url: 'opc.tcp://127.0.0.1:4840',
      tags: { a: node, b: { path: '/Objects/2:b', unit: 'A' } },
    });
    expect(declaredTags(config)).toMatchObject([
      { name: 'a', unit: '' },
      { name: 'b', unit: 'A' },
    ]);
    const { queueSize, samplingMs } = planTags(config).items[0]!;
    expect({ queueSize, samplingMs }).toEqual({ queueSize: 10, samplingMs: 50 });
  });
});

test('refusals are one line, named up to five, and told again only when they change', () => {
  const tags = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`t${i}`, `ns=1;i=${i}`]));
  const config = opcuaSourceSchema.parse({ type: 'opcua', url: 'opc.tcp://127.0.0.1:4840', tags });
  const log = keptLog();
  const report = newItemReport(log, 'cnc', planTags(config));
  report.settled(new Map());
  expect(log.lines).toEqual([]);
  const unknown = (count: number) =>
    new Map(Array.from({ length: count }, (_, i) => [i, 'BadNodeIdUnknown'] as const));
  report.settled(new Map([...unknown(7), [9, 'BadUserAccessDenied']]));
  report.settled(new Map([...unknown(7), [9, 'BadUserAccessDenied']]));
  report.settled(unknown(2));
  report.settled(new Map());
  expect(log.lines.map(({ message }) => message)).toEqual([
    '4,992 of 5,000 nodes; 8 refused: BadNodeIdUnknown: t0, t1, t2, t3, t4 and 2 more; BadUserAccessDenied: t9',
    '4,998 of 5,000 nodes; 2 refused: BadNodeIdUnknown: t0, t1',
    '5,000 of 5,000 nodes: none is refused any more',
  ]);
  expect(log.lines[0]!.fields).toEqual({ source: 'cnc', node: 'ns=1;i=0' });
});

/** The text of a path; a namespace is said where it changes. */
function formatBrowsePath(steps: readonly PathStep[]): string {
  let namespace: string | number = 0;
  return steps
    .map((step) => {
      const changed = step.namespace !== namespace;
      namespace = step.namespace;
      const prefix = !changed ? '' : typeof namespace === 'number' ? `${namespace}:` : `nsu=${namespace};`;
      return `/${prefix}${escapeName(step.name, changed)}`;
    })
    .join('');
}

/** A name that begins like a namespace would be read as one. */
function escapeName(name: string, prefixed: boolean): string {
  const escaped = name.replace(/[&/]/g, '&$&');
  return !prefixed && /^(\d{1,5}:|nsu=)/.test(escaped) ? `&${escaped}` : escaped;
}
