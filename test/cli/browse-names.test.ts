// `gemel browse --path` with the names as the tree prints them, whatever their namespaces are.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newProgress } from '../../src/cli/browse/progress.ts';
import { runBrowse } from '../../src/cli/browse.ts';
import { newPlay, type Play } from '../sources/opcua/play.ts';
import type { Stage } from '../sources/opcua/stage-server.ts';

let play: Play;
let stage: Stage;

beforeAll(async () => {
  play = await newPlay();
  stage = await play.stage();
  const { namespace, machine, library, addressSpace } = stage;
  const other = addressSpace.registerNamespace('urn:gemel:test:other');
  const spindle = namespace.addObject({ browseName: 'Spindle', componentOf: machine });
  const foreign = other.addObject({ browseName: 'Drive', nodeId: 's=Drive', componentOf: spindle });
  const numbers = [
    [namespace, machine, 'Twin', 1],
    [other, machine, 'Twin', 2],
    [namespace, machine, 'Load/actual', 3],
    [namespace, machine, 'A&B', 4],
    [namespace, foreign, 'Speed', 5],
    [namespace, machine, 'bell\u0007', 6],
  ] as const;
  for (const [of, componentOf, browseName, value] of numbers) {
    const dataType = library.DataType.Double;
    const nodeId = `s=${value}`;
    const variable = of.addVariable({ browseName, nodeId, componentOf, dataType });
    variable.setValueFromSource({ dataType, value }, library.StatusCodes.Good);
  }
});
afterAll(() => play.close());

async function browse(path: string): Promise<string> {
  let out = '';
  const print = (text: string) => {
    out += text;
  };
  const options = { depth: 20, max: 5000, policy: 'Basic256Sha256', allowNone: true, stateDir: play.dir };
  const style = { columns: 100, colour: false };
  const progress = newProgress(() => {}, false);
  await runBrowse(stage.url, { ...options, path }, { env: {}, print, progress, style });
  return out;
}

test.each([
  ['names of three namespaces', '/Objects/Machine/Spindle/Drive/Speed', 5],
  ['the namespaces of some', '/Objects/2:Machine/Spindle/3:Drive/Speed', 5],
  ['a namespace by its name', '/Objects/Machine/Spindle/nsu=urn:gemel:test:other;Drive/Speed', 5],
  ['a name with a slash in it', '/Objects/Machine/Load/actual', 3],
  ['the same, escaped', '/Objects/Machine/Load&/actual', 3],
  ['a name with an ampersand', '/Objects/Machine/A&B', 4],
  ['a sign that is not printed', '/Objects/Machine/bell?', 6],
  ['a name that was shortened', '/Objects/Ma…ne/Spindle/Drive/Sp…d', 5],
])('%s', async (_what, path, value) => {
  expect(await browse(path)).toMatch(new RegExp(`^\\S+ {2,}Double {2,}${value}\\b.*\\n$`));
});

test('names that lead to several nodes: none is chosen, all are named', async () => {
  const refused = browse('/Objects/Machine/Twin');
  await expect(refused).rejects.toMatchObject({ code: 'GEM_BROWSE_NOTHING' });
  await expect(refused).rejects.toThrow(
    '/Objects/Machine/Twin is 2 nodes: /0:Objects/2:Machine/2:Twin (nsu=urn:gemel:test:stage;s=1), ' +
      '/0:Objects/2:Machine/3:Twin (nsu=urn:gemel:test:other;s=2)',
  );
  // What it names can be taken as it is.
  expect(await browse('/0:Objects/2:Machine/3:Twin')).toMatch(/^Twin +Double +2\b/);
  // Control: with its namespace before it, a name has that one, as in a configuration.
  expect(await browse('/0:Objects/2:Machine/Twin')).toMatch(/^Twin +Double +1\b/);
});

test.each([
  [
    '/Objects/Machine/Spindel',
    'below /0:Objects/2:Machine nothing is called "Spindel", did you mean "Spindle"?',
  ],
  ['/Objects/Machine/Zebra/Speed', 'nothing is called "Zebra"; there is Spindle, Twin, '],
  ['/Nowhere', 'below / nothing is called "Nowhere"; there is Objects, Types, Views'],
  [
    '/Objects/Machine/Twin/Deeper',
    'below /0:Objects/2:Machine/2:Twin nothing is called "Deeper"; there is nothing',
  ],
])('a name that is not there: %s', async (path, words) => {
  await expect(browse(path)).rejects.toThrow(words);
});

test('a source that the configuration does not have, and the one that was meant', async () => {
  const file = join(play.dir, 'gemel.yaml');
  await writeFile(file, `version: 1\nsources: { cnc: { type: opcua, url: "${stage.url}", tags: {} } }\n`);
  const options = { depth: 1, max: 10, policy: 'Basic256Sha256', config: file, source: 'cnk' };
  const context = {
    env: {},
    print() {},
    progress: newProgress(() => {}, false),
    style: { columns: 0, colour: false },
  };
  await expect(runBrowse(undefined, options, context)).rejects.toThrow(
    /no OPC UA source "cnk" in .*, did you mean "cnc"\?/,
  );
});
