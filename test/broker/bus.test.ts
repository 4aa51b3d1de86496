// The bus contract, for the embedded broker and for a link to one.
import { describe } from 'vitest';
import { createBrokerLink } from '../../src/broker/link.ts';
import { externalBrokerSchema } from '../../src/broker/schema.ts';
import { keptLog } from '../silent-log.ts';
import { busSuite } from '../suites/bus.suite.ts';
import { cleanUp, makeBroker, peer, realClock, startBroker, stateDir, useCleanUp } from './fixture.ts';

describe('embedded', () => {
  useCleanUp();
  busSuite('embedded broker', () => {
    const dir = stateDir();
    let port = 0;
    return {
      async bus() {
        const { broker } = await makeBroker({}, { stateDir: await dir });
        broker.onLink((link) => {
          if (link === 'up') port = broker.address.port;
        });
        return broker;
      },
      outside: (comeBack = false) =>
        peer(port, comeBack ? { reconnectPeriod: 100, clean: false, clientId: 'outside' } : {}),
    };
  });
});

describe('link', () => {
  useCleanUp();
  busSuite('link to an external broker, MQTT 3.1.1', () => {
    const server = startBroker();
    return {
      async bus() {
        const config = externalBrokerSchema.parse({
          url: `mqtt://127.0.0.1:${(await server).port}`,
          backoffMinS: 0.05,
          backoffMaxS: 0.2,
        });
        const bus = createBrokerLink(config, { clientId: 'gemel-test', log: keptLog(), clock: realClock });
        cleanUp(() => bus.stop());
        return bus;
      },
      outside: async () => peer((await server).port),
    };
  });
});
