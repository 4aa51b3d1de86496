// The Prometheus sink keeps the contract every sink keeps. It is only asked, so it has no peer and no queue.
import { createPrometheusSink } from '../../../src/sinks/prometheus/sink.ts';
import { keptLog } from '../../silent-log.ts';
import { sinkSuite } from '../../suites/sink.suite.ts';

sinkSuite('the Prometheus sink', () => ({
  create: () =>
    createPrometheusSink(
      { enabled: true, host: '127.0.0.1', port: 0, allowInsecure: false },
      { log: keptLog() },
    ),
  depthMax: 0,
  dispose: async () => {},
}));
