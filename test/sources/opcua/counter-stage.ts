// The stage of the contract suite for OPC UA: a server that counts, and a source of it, hosted as the caller says.
import { join } from 'node:path';
import type { Source } from '../../../src/ports.ts';
import { type OpcuaSourceConfig, opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';
import { freePort, tempDir } from '../../ports.ts';
import type { SourceStage } from '../../suites/source.suite.ts';
import { type CounterServer, counterNode, startCounterServer } from './counter-server.ts';

export interface CounterStage extends SourceStage {
  readonly config: OpcuaSourceConfig;
  readonly pkiDir: string;
  sessions(): number;
}

export const clock = { nowMs: Date.now, monotonicMs: () => performance.now() };

export async function counterStage(
  create: (config: OpcuaSourceConfig, pkiDir: string) => Source,
): Promise<CounterStage> {
  const state = await tempDir();
  const port = await freePort();
  const pkiDir = join(state.path, 'pki');
  const config = opcuaSourceSchema.parse({
    type: 'opcua',
    url: `opc.tcp://127.0.0.1:${port}`,
    publishingMs: 50,
    samplingMs: 0,
    security: { mode: 'None', allowNone: true },
    tags: { counter: counterNode },
  });
  let server: CounterServer | undefined;
  return {
    config,
    pkiDir,
    create: () => create(config, pkiDir),
    async connect() {
      server = await startCounterServer(port, state.path);
    },
    disconnect: () => server?.stop(),
    produce: async (count) => server?.count(count),
    sessions: () => server?.sessions() ?? 0,
    async dispose() {
      await server?.stop();
      await state.remove();
    },
  };
}
