// The CNC in its own process, seen by an OPC UA client that is not ours.
import { type ClientSession, DataType, OPCUAClient } from 'node-opcua-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../poll.ts';
import { freePort, tempDir } from '../ports.ts';
import { cncReady, type PlantProcess, spawnPlant } from './process.ts';

let state: Awaited<ReturnType<typeof tempDir>>;
let plant: PlantProcess;
let words: string[];
const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 }, endpointMustExist: false });
let session: ClientSession;

beforeAll(async () => {
  state = await tempDir();
  const port = await freePort();
  // Nobody listens at the broker's address: the CNC does not need it.
  words = [
    '--broker',
    `mqtt://127.0.0.1:${await freePort()}`,
    '--opcua-port',
    `${port}`,
    '--state-dir',
    state.path,
  ];
  plant = spawnPlant(words);
  await client.connect(await cncReady(plant));
  session = await client.createSession();
});

afterAll(async () => {
  await session?.close();
  await client.disconnect();
  plant.child.kill('SIGTERM');
  await plant.ended();
  await state.remove();
});

async function read(path: string) {
  const namespace = (await session.readNamespaceArray()).indexOf('urn:gemel:plant:cnc');
  return session.read({ nodeId: `ns=${namespace};s=mill-1.${path}` });
}

describe('the nodes', () => {
  test('have types, good status and the time of the machine', async () => {
    // It listens before its first cycle, and has no values till then.
    const speed = await poll('a good status', async () => {
      const now = await read('Spindle.Speed');
      return now.statusCode.isGood() ? now : undefined;
    });
    expect(speed.value.dataType).toBe(DataType.Double);
    expect(Math.abs(Date.now() - speed.sourceTimestamp!.getTime())).toBeLessThan(2000);
    expect((await read('Channel.Programme')).value.value).toBe('BRACKET-17');
    expect((await read('Tool.Number')).value.dataType).toBe(DataType.Int32);
    expect((await read('Channel.EmergencyStop')).value.value).toBe(false);
  });

  test('move: the spindle runs up within seconds', async () => {
    await poll('a turning spindle', async () => (await read('Spindle.Speed')).value.value > 500, 60_000, 100);
  });

  test('carry engineering units', async () => {
    const namespace = (await session.readNamespaceArray()).indexOf('urn:gemel:plant:cnc');
    const children = await session.browse(`ns=${namespace};s=mill-1.Axis.X.Velocity`);
    const units = children.references?.find(({ browseName }) => browseName.name === 'EngineeringUnits');
    const answer = await session.read({ nodeId: units!.nodeId });
    expect(answer.value.value.displayName.text).toBe('mm/min');
  });

  test('cannot be written', async () => {
    const namespace = (await session.readNamespaceArray()).indexOf('urn:gemel:plant:cnc');
    const value = { value: { dataType: DataType.Double, value: 9999 } };
    const status = await session.write({
      nodeId: `ns=${namespace};s=mill-1.Spindle.Speed`,
      attributeId: 13,
      value,
    });
    expect(status.isGood()).toBe(false);
  });
});

test('a second plant on the same port says so in one line and ends with 1', async () => {
  const second = spawnPlant(words);
  expect(await second.ended()).toBe(1);
  expect(second.complaint()).toContain('GEM_PORT_IN_USE');
  expect(second.complaint()).not.toContain('    at ');
});

test('a wrong option ends with 2', async () => {
  const wrong = spawnPlant(['--fault', 'gremlins']);
  expect(await wrong.ended()).toBe(2);
  expect(wrong.complaint()).toContain('Allowed choices are bearing');
});

test('SIGTERM ends it with 0', async () => {
  const third = spawnPlant([...words.slice(0, 2), '--opcua-port', '0', '--state-dir', state.path]);
  await cncReady(third);
  third.child.kill('SIGTERM');
  expect(await third.ended()).toBe(0);
});
