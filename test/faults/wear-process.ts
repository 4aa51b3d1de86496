// A gateway in a process of its own that reserves no wear ahead of what it writes: the control of the wear tests.
import { loadConfig } from '../../src/config/load.ts';
import { models } from '../../src/core/models/index.ts';
import { createGateway } from '../../src/gateway.ts';
import { createLog } from '../../src/runtime/log.ts';

const [file = '', stateDir = ''] = process.argv.slice(2);
const { config } = loadConfig(file, { env: process.env, models });
const log = createLog(config.log);
const gateway = createGateway({ config, stateDir, version: '0', log, twins: { reserve: false } });
await gateway.run(new AbortController().signal);
