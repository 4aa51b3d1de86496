import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const files = (...names: string[]) => names.map((name) => `test/interop/${name}.test.ts`);

/** They need the whole machine, or what there is once on it: LinuxCNC, and the bundle in dist/. */
const alone = files('bundle', 'history-kills', 'linuxcnc', 'linuxcnc-bridge', 'serial-plant', 'throughput');

/** Begun first, so that none of them is left running by itself at the end. */
const long = files('opcua-restarts', 'opcua-hang', 'serial-replug', 'dashboard');

class LongFirst extends BaseSequencer {
  override async sort(specs: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(specs);
    const rank = ({ moduleId }: TestSpecification) => {
      const at = long.findIndex((file) => moduleId.endsWith(file));
      return at < 0 ? long.length : at;
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

// Real peers from the distribution; a missing peer is a failure, never a skip.
export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    env: {
      // The library of the OPC UA peers would write between the lines.
      NODEOPCUA_LOG_LEVEL: '0',
      // Hundreds of processes are started, and half of a start is compiling the same files again.
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/gemel-tests'),
    },
    expect: { poll: { timeout: 30_000, interval: 20 } },
    // CI runs on shared, noisy machines: a test may try twice there, and the report says when one had to.
    retry: process.env['CI'] === undefined ? 0 : 1,
    sequence: { sequencer: LongFirst },
    projects: [
      // Most of the time a test waits for its peers: three at once on two cores.
      {
        extends: true,
        test: { name: 'together', include: files('*'), exclude: alone, maxWorkers: 3 },
      },
      // When all the others are done, one after the other.
      { extends: true, test: { name: 'alone', include: alone, fileParallelism: false } },
    ],
  },
});
