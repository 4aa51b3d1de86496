// `gemel run`: the daemon.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { SampleColumns } from '../core/sample.ts';
import type { TwinCommand } from '../core/twin-command.ts';
import { GemError } from '../errors.ts';
import { installation } from './installation.ts';
import { stopSignal } from './stop-signal.ts';

const places = ['gemel.yaml', '/etc/gemel/gemel.yaml'];

const help = `
Examples:
  gemel run gemel.yaml
  gemel run gemel.yaml --record run.jsonl      afterwards: gemel replay run.jsonl --config gemel.yaml
  GEMEL_LOG_LEVEL=debug gemel run gemel.yaml   every key can be set by the environment: docs/config.md

The log is on standard output, one JSON object a line. SIGINT or SIGTERM ends it: sources first, then what is on its way.
Exit codes: 0 stopped in order, 1 failed, 2 usage or configuration.`;

export function registerRun(program: Command): void {
  program
    .command('run')
    .description('run the gateway')
    .argument('[config]', `configuration file (default: $GEMEL_CONFIG, ${places.join(', ')})`)
    .option('--record <file>', 'write all samples to a new file, for `gemel replay`')
    .addHelpText('after', help)
    .action(async (file: string | undefined, { record }: { record?: string }) =>
      run(file ?? findConfig(process.env), record),
    );
}

export function findConfig(env: NodeJS.ProcessEnv): string {
  const named = env['GEMEL_CONFIG'];
  if (named !== undefined && named !== '') return named;
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new GemError('GEM_USAGE', {
    why: `no configuration: none was named, and there is no ${places.join(' and no ')}`,
  });
}

async function run(file: string, record: string | undefined): Promise<void> {
  const [
    { loadConfig },
    { formatProblem },
    { models },
    { createGateway },
    { openRecorder },
    { createLog },
    { createServiceManager },
  ] = await Promise.all([
    import('../config/load.ts'),
    import('../config/problem.ts'),
    import('../core/models/index.ts'),
    import('../gateway.ts'),
    import('../replay/recorder.ts'),
    import('../runtime/log.ts'),
    import('../runtime/systemd.ts'),
  ]);
  const { config, dir, warnings } = loadConfig(file, { env: process.env, models });
  const log = createLog(config.log);
  const own = log.component('run');
  for (const warning of warnings) own.warn({}, formatProblem(warning));
  const { version } = installation();
  const service = createServiceManager(process.env, log.component('systemd'));
  const stateDir = process.env['STATE_DIRECTORY'] || resolve(dir, config.stateDir);
  // Nothing is left to trust after this: say it where it is kept, and let the service manager start anew.
  process.on('uncaughtException', (error) => {
    try {
      own.error({ err: error }, `uncaught: ${error.message}`);
    } finally {
      process.exit(1);
    }
  });
  let first = true;
  const onTick = () => {
    if (first) own.info({ afterMs: Math.round(process.uptime() * 1000) }, 'first frame');
    first = false;
  };
  const parts = { site: config.site, version, log: own };
  const recorder = record === undefined ? undefined : await openRecorder(record, parts);
  const onBatch = (tick: number, samples: SampleColumns) => recorder?.batch(gateway, tick, samples);
  const onCommand = (command: TwinCommand) => recorder?.command(gateway, command);
  const gateway = createGateway({ config, stateDir, version, log, service, onTick, onBatch, onCommand });
  const signal = stopSignal();
  const running = gateway.run(signal);
  own.info({ file, stateDir, version, pid: process.pid }, 'starting');
  const left = await running;
  await recorder?.close(gateway);
  own.info({ ledger: gateway.health().ledger, left }, 'stopped');
  // What did not stop would keep us here.
  if (left.length > 0) process.exit(1);
}
