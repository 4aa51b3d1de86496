// What the library costs by itself: a client that subscribes to everything and only counts.
// `fork(bare-client.ts, [items, url])`; answers every message with what it has counted.
import { AttributeIds, ClientMonitoredItemGroup, OPCUAClient, TimestampsToReturn } from 'node-opcua-client';

const [items = '5000', url = ''] = process.argv.slice(2);
const itemsPerCall = 500;

const client = OPCUAClient.create({ endpointMustExist: false });
await client.connect(url);
const session = await client.createSession();
const namespace = (await session.readNamespaceArray()).indexOf('urn:gemel:bench');
const subscription = await session.createSubscription2({
  requestedPublishingInterval: 50,
  requestedMaxKeepAliveCount: 20,
  requestedLifetimeCount: 200,
  maxNotificationsPerPublish: 0,
  publishingEnabled: true,
  priority: 0,
});
let changes = 0;
for (let start = 0; start < Number(items); start += itemsPerCall) {
  const group = ClientMonitoredItemGroup.create(
    subscription,
    Array.from({ length: Math.min(itemsPerCall, Number(items) - start) }, (_, i) => ({
      nodeId: `ns=${namespace};s=V${start + i}`,
      attributeId: AttributeIds.Value,
    })),
    { samplingInterval: 0, queueSize: 10, discardOldest: true },
    TimestampsToReturn.Both,
  );
  group.on('changed', () => {
    changes++;
  });
  await new Promise((resolve) => group.on('initialized', () => resolve(undefined)));
}

process.on('message', () => process.send!({ changes }));
process.on('disconnect', () => process.exit(0));
process.send!({ ready: true });
