// The rules of the house, checked on the real tree; and for each rule a small tree that breaks it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkCeilings } from './architecture/ceilings.ts';
import { checkCycles } from './architecture/cycles.ts';
import { checkDrawers } from './architecture/drawers.ts';
import { checkImports, checkPackages } from './architecture/imports.ts';
import { checkProtocols } from './architecture/protocols.ts';
import { checkPurity } from './architecture/purity.ts';
import { checkSideEffects } from './architecture/side-effects.ts';
import { readTree, show, type Tree, treeOf, type Violation } from './architecture/tree.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { dependencies: object };
const source = readTree(root, ['src']);
const everything = readTree(root, ['src', 'test', 'bench']);

type Check = (tree: Tree) => Violation[];

/** The rule finds nothing in `good`, and in each bad tree exactly what is expected, where it is. */
function controls(check: Check, good: Record<string, string>, bad: [string, string, RegExp][]): void {
  test('control: a tree that keeps the rule passes', () => {
    expect(show(check(treeOf(good)))).toEqual([]);
  });
  for (const [path, text, complaint] of bad) {
    test(`control: ${path} is reported for ${complaint.source}`, () => {
      const found = show(check(treeOf({ ...good, [path]: text })));
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(complaint);
      expect(found[0]).toContain(`${path}:1 `);
    });
  }
}

test('the real tree is there to be checked', () => {
  expect(source.size).toBeGreaterThan(10);
  expect([...source.keys()]).toContain('src/core/frame.ts');
});

describe('rules 1 to 5: import directions', () => {
  test('src keeps them', () => expect(show(checkImports(source))).toEqual([]));

  const good = {
    'src/core/model.ts': 'export interface Model {}',
    'src/core/twin.ts': "import type { Model } from './model.ts'; export type T = Model;",
    'src/ports.ts': "import type { Model } from './core/model.ts'; export type P = Model;",
    'src/sources/mqtt/source.ts': "import { connect } from 'mqtt'; import type { P } from '../../ports.ts';",
    'src/sources/index.ts': "import * as mqtt from './mqtt/source.ts';",
    'src/runtime/loop.ts': "import { step } from '../core/step.ts'; import { a } from 'node:fs';",
    'src/config/schema.ts': "import { z } from 'zod'; import { a } from '../broker/schema.ts';",
    'src/gateway.ts': "import './sources/index.ts'; import { loop } from './runtime/loop.ts';",
    'src/cli/run.ts': "import { gateway } from '../gateway.ts';",
    'src/source-thread.ts':
      "import { serve } from './runtime/thread/serve.ts'; import { create } from './sources/index.ts';",
    'src/plant/shop.ts':
      "import { log } from '../ports.ts'; import { OPCUAServer } from 'node-opcua-server';",
  };
  controls(checkImports, good, [
    ['src/core/a.ts', "import { readFileSync } from 'node:fs';", /core imports node:fs/],
    ['src/core/a.ts', "import { z } from 'zod';", /core imports zod/],
    ['src/core/a.ts', "import type { Log } from '../ports.ts';", /core imports src\/ports.ts/],
    ['src/core/a.ts', "export * from '../runtime/loop.ts';", /core imports src\/runtime/],
    ['src/core/a.ts', "type T = import('../errors.ts').GemCode;", /core imports src\/errors.ts/],
    ['src/ports.ts', "import type { Twin } from './core/twin.ts';", /ports.ts imports src\/core\/twin.ts/],
    ['src/ports.ts', "import type { Socket } from 'node:net';", /ports.ts imports node:net/],
    ['src/errors.ts', "import type { Log } from './ports.ts';", /errors.ts imports/],
    [
      'src/sinks/mqtt/a.ts',
      "import { b } from '../prometheus/b.ts';",
      /sinks\/mqtt imports src\/sinks\/prometheus/,
    ],
    ['src/sinks/mqtt/a.ts', "import { b } from '../../sources/mqtt/decode.ts';", /imports src\/sources/],
    ['src/sinks/mqtt/a.ts', "import { b } from '../../broker/bus.ts';", /imports src\/broker/],
    ['src/sinks/mqtt/a.ts', "import { b } from '../../config/load.ts';", /imports src\/config/],
    ['src/sinks/mqtt/a.ts', "import { b } from '../../runtime/outbox.ts';", /imports src\/runtime/],
    ['src/sinks/mqtt/a.ts', "import { b } from '../../core/step.ts';", /imports src\/core\/step.ts/],
    ['src/sinks/mqtt/a.ts', "const b = await import('../../runtime/outbox.ts');", /imports src\/runtime/],
    [
      'src/sinks/mqtt/a.ts',
      "const w = new URL('../../runtime/lab.ts', import.meta.url);",
      /imports src\/runtime/,
    ],
    ['src/sinks/mqtt/a.ts', 'const b = await import(name);', /computed/],
    ['src/sinks/prometheus/a.ts', "import { connect } from 'mqtt';", /protocol library of/],
    ['src/sources/mqtt/a.ts', "import { b } from '../index.ts';", /imports src\/sources\/index.ts/],
    ['src/broker/a.ts', "import { b } from '../sources/mqtt/decode.ts';", /broker imports src\/sources/],
    ['src/runtime/a.ts', "import { connect } from 'mqtt';", /runtime imports mqtt/],
    ['src/runtime/a.ts', "import { b } from '../sources/index.ts';", /runtime imports src\/sources/],
    ['src/runtime/a.ts', "import { b } from '../config/load.ts';", /runtime imports src\/config/],
    ['src/runtime/a.ts', "import { b } from '../formats/json.ts';", /runtime imports src\/formats/],
    ['src/api/a.ts', "import { b } from '../runtime/loop.ts';", /api imports src\/runtime/],
    ['src/config/schema.ts', "import { b } from '../broker/listen.ts';", /config\/schema.ts imports/],
    ['src/config/schema.ts', "import { parse } from 'yaml';", /config\/schema.ts imports yaml/],
    ['src/plant/a.ts', "import { step } from '../core/step.ts';", /plant imports src\/core/],
    ['src/runtime/a.ts', "import { b } from '../gateway.ts';", /runtime imports src\/gateway.ts/],
    [
      'src/runtime/thread/a.ts',
      "const w = new URL('../../source-thread.ts', import.meta.url);",
      /runtime imports src\/source-thread.ts/,
    ],
    [
      'src/runtime/thread/a.ts',
      "import type { S } from '../../sources/opcua/schema.ts';",
      /runtime imports src\/sources/,
    ],
    ['src/other-thread.ts', "import { b } from './sources/index.ts';", /a folder the house does not have/],
    ['src/sinks/a/b.ts', "import { b } from '../../cli/run.ts';", /imports src\/cli/],
    ['src/misplaced/a.ts', "import { b } from 'zod';", /a folder the house does not have/],
  ]);
});

describe('what ships is in dependencies', () => {
  const dependencies = Object.keys(manifest.dependencies);
  test('src imports nothing else', () => expect(show(checkPackages(source, dependencies))).toEqual([]));
  controls((tree) => checkPackages(tree, ['zod', '@a/b']), { 'src/a.ts': "import 'zod'; import '@a/b/c';" }, [
    ['src/b.ts', "import { test } from 'vitest';", /vitest, which is not in dependencies/],
  ]);
});

describe('rule 1: core is pure', () => {
  test('src/core keeps it', () => expect(show(checkPurity(source))).toEqual([]));

  const good = {
    'src/core/a.ts':
      '/* Date.now() */ const s = "process"; export const f = (x: { process: number }) => Math.sin(x.process) + s.length;',
    'src/runtime/clock.ts': 'export const now = async () => Date.now();',
  };
  controls(checkPurity, good, [
    ['src/core/b.ts', 'export const now = () => Date.now();', /Date/],
    ['src/core/b.ts', 'export const now = () => new Date();', /Date/],
    ['src/core/b.ts', 'export const dice = () => Math.random();', /Math.random/],
    ['src/core/b.ts', 'export const dice = () => Math["random"]();', /Math other than/],
    ['src/core/b.ts', 'const { random } = Math;', /Math other than/],
    ['src/core/b.ts', 'export const later = (f: () => void) => setTimeout(f, 1);', /setTimeout/],
    ['src/core/b.ts', 'export const now = () => performance.now();', /performance/],
    ['src/core/b.ts', 'export const env = () => process.env;', /process/],
    ['src/core/b.ts', 'export const say = () => console.log(1);', /console/],
    ['src/core/b.ts', 'export async function f() {}', /async function/],
    ['src/core/b.ts', 'export const f = () => Promise.resolve(1);', /Promise/],
    ['src/core/b.ts', 'export const now = () => globalThis["Da" + "te"].now();', /globalThis/],
    ['src/core/b.ts', 'const o = { process };', /process/],
    ['src/core/b.ts', 'export let count = 0;', /keeps state/],
  ]);
});

describe('rule 3: runtime names no protocol', () => {
  test('src/runtime keeps it', () => expect(show(checkProtocols(source))).toEqual([]));
  controls(
    checkProtocols,
    {
      'src/runtime/a.ts': '// not even mqtt in a comment counts\nexport const a = 1;',
      'src/broker/mqtt.ts': 'export const mqtt = 1;',
    },
    [
      ['src/runtime/b.ts', 'export function mqttBackoff() {}', /mqttBackoff/],
      ['src/runtime/b.ts', "export const kind = 'opc-ua';", /opc-ua/],
      ['src/runtime/b.ts', 'export const topic = `modbus/1`;', /modbus/],
    ],
  );
});

describe('rule 5: no cycles', () => {
  test('src has none', () => expect(show(checkCycles(source))).toEqual([]));
  controls(checkCycles, { 'src/a.ts': "import './b.ts';", 'src/b.ts': "import './c.ts';", 'src/c.ts': '' }, [
    ['src/a.ts', "import { a } from './a.ts';", /src\/a.ts -> src\/a.ts/],
  ]);
  test('control: a ring of three, one link a type, is reported', () => {
    const ring = { 'src/a.ts': "import './b.ts';", 'src/b.ts': "import './c.ts';" };
    const found = checkCycles(treeOf({ ...ring, 'src/c.ts': "import type { A } from './a.ts';" }));
    expect(show(found)).toEqual(['src/a.ts:1 cycle: src/a.ts -> src/b.ts -> src/c.ts -> src/a.ts']);
  });
});

describe('rule 5: importing a file does nothing', () => {
  test('src keeps it', () => expect(show(checkSideEffects(source))).toEqual([]));

  const good = {
    'src/a.ts':
      "import { join } from 'node:path'; import type {} from 'x'; export const p = join('a', 'b'); const f = () => setInterval(f, 1);",
    'src/main.ts': 'await run(process.argv);',
    'src/source-thread.ts': 'serve(workerData);',
  };
  controls(checkSideEffects, good, [
    ['src/b.ts', "import './register.ts';", /for the side effect/],
    ['src/b.ts', 'setInterval(() => {}, 1);', /acts when it is imported/],
    ['src/runtime/source-thread.ts', 'serve(workerData);', /acts when it is imported/],
    ['src/b.ts', "process.on('exit', () => {});", /acts when it is imported/],
    ['src/b.ts', 'if (process.argv.length > 2) run();', /acts when it is imported/],
    ['src/b.ts', 'export const timer = setInterval(() => {}, 1);', /calls setInterval/],
    [
      'src/b.ts',
      "import { readFileSync } from 'node:fs'; const x = readFileSync('a');",
      /calls readFileSync/,
    ],
    ['src/b.ts', "import fs from 'node:fs'; export const x = fs.readFileSync('a');", /calls fs/],
    ['src/b.ts', 'export const x = await load();', /waits/],
  ]);
});

describe('no drawers, and kebab-case', () => {
  test('the tree has none', () => expect(show(checkDrawers(everything))).toEqual([]));
  controls(checkDrawers, { 'src/core/clock-model.ts': '', 'test/a.test.ts': '' }, [
    ['src/utils.ts', '', /drawer/],
    ['src/helpers/a.ts', '', /drawer/],
    ['src/runtime/common.ts', '', /drawer/],
    ['src/sinks/mqtt/types.ts', '', /drawer/],
    ['src/misc/a.ts', '', /drawer/],
    ['src/shared/a.ts', '', /drawer/],
    ['src/core/string-utils.ts', '', /drawer/],
    ['test/helpers.ts', '', /drawer/],
    ['src/core/clockModel.ts', '', /kebab-case/],
  ]);
});

describe('ceilings', () => {
  test('the tree keeps them', () => expect(show(checkCeilings(everything))).toEqual([]));

  const lines = (count: number) => 'let x;\n'.repeat(count);
  const good = {
    'src/a.ts': lines(300),
    'test/a.test.ts': lines(350),
    'src/f.ts': `function f() {\n${lines(68)}}`,
    'test/b.test.ts': `describe('a', () => {\n${lines(90)}});`,
  };
  controls(checkCeilings, good, [
    ['src/b.ts', lines(301), /has 301 lines, more than 300/],
    ['test/c.test.ts', lines(351), /has 351 lines, more than 350/],
    ['src/b.ts', `function f() {\n${lines(69)}}`, /a function of 71 lines/],
    ['src/b.ts', `export const f = () => {\n${lines(69)}};`, /a function of 71 lines/],
    ['test/c.test.ts', `test('a', () => {\n${lines(69)}});`, /a function of 71 lines/],
  ]);
});
