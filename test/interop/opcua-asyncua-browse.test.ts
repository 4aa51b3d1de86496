// `gemel browse` on Python's asyncua: what it shows is there, and what it prints as tags delivers values as it is.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { type AsyncuaServer, nodeOf, startAsyncua } from './opcua-asyncua-server.ts';
import { follow } from './opcua-asyncua-source.ts';

async function browse(server: AsyncuaServer, ...words: string[]): Promise<string> {
  const state = join(await stateDir(), 'state');
  const at = ['--path', '/Objects/2:Machine', '--allow-none', '--state-dir', state];
  const command = gemel(['browse', server.url, ...at, ...words]);
  expect(await command.ended(), command.err()).toBe(0);
  return command.out();
}

/** The line of a variable in the tree. */
function lineOf(tree: string, name: string): string {
  return tree.split('\n').find((line) => line.includes(`─ ${name} `)) ?? '';
}

describe('gemel browse and asyncua', () => {
  useCleanUp();

  test('the tree has every variable with its type, its value, its unit and its node id', async () => {
    const server = await startAsyncua();
    const tree = await browse(server);
    expect(lineOf(tree, 'Double')).toMatch(/ Double .*(rpm|r\/min).* history .*;i=1002/);
    expect(lineOf(tree, 'UInt64')).toMatch(/ UInt64 +184467429\d{11} /);
    expect(lineOf(tree, 'Int64')).toMatch(/ Int64 +-90071992547\d{5} /);
    expect(lineOf(tree, 'Operating')).toMatch(/ (0 Idle|1 Running|2 Faulted) /);
    expect(lineOf(tree, 'Forces')).toMatch(/ Double\[3\] +\[\d+, \d+, \d+\] /);
    expect(lineOf(tree, 'Load')).toContain(nodeOf('Load'));
    expect(lineOf(tree, 'DateTime')).toMatch(/ \d{4}-\d\d-\d\dT/);
    const filtered = JSON.parse(await browse(server, '--filter', 'uint', '--json'));
    const names = filtered.nodes.filter(({ nodeClass }: { nodeClass: string }) => nodeClass === 'Variable');
    expect(names.map(({ name }: { name: string }) => name)).toEqual(['UInt16', 'UInt32', 'UInt64']);
  });

  test('the tags it prints are taken as they are, and each has Good values', async () => {
    const server = await startAsyncua();
    const { tags } = parse(await browse(server, '--yaml')) as { tags: Record<string, object> };
    expect(Object.keys(tags)).toEqual(
      expect.arrayContaining(['Double', 'Int64', 'Boolean', 'Operating', 'Forces']),
    );
    expect(tags['Double']).toMatchObject({ unit: 'rpm' });
    const { good, feed } = await follow(server.url, tags);
    const silent = () => Object.keys(tags).filter((name) => good(name).length < 5);
    await poll('values of every tag', () => silent().length === 0).catch(() => undefined);
    expect(silent()).toEqual([]);
    expect(feed.rejects).toEqual([]);
  });
});
