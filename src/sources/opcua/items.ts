// The monitored items of a session: every node asked for in batches, each one's status looked at.
import type { ClientSession, ClientSubscription } from 'node-opcua-client';
import type { Library } from './library.ts';
import { resolveNodeText } from './node-id.ts';
import type { OpcuaSourceConfig } from './schema.ts';
import type { SessionEvents } from './session-events.ts';

const itemsPerCall = 500;
/** Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall */
const itemsPerCallNode = 'ns=0;i=11714';
const badNodeIdUnknown = 0x80340000;
/** BadMonitoredItemFilterInvalid, …Unsupported, BadFilterNotAllowed: the item goes without a filter then. */
const filterRefusals: ReadonlySet<number> = new Set([0x80430000, 0x80440000, 0x80450000]);

export async function monitorAll(
  library: Library,
  session: ClientSession,
  subscription: ClientSubscription,
  config: OpcuaSourceConfig,
  nodes: readonly string[],
  events: SessionEvents,
): Promise<void> {
  const namespaces = await session.readNamespaceArray();
  const items: MonitoredNode[] = [];
  for (let index = 0; index < nodes.length; index++) {
    const nodeId = resolveNodeText(nodes[index]!, namespaces);
    if (nodeId === undefined) events.onRefused(index, badNodeIdUnknown);
    else items.push({ index, nodeId });
  }
  const refused = await monitor(
    library,
    subscription,
    config,
    items,
    await callLimit(library, session),
    true,
    events,
  );
  // Some servers know no filter on timestamps; those items report changes of value only.
  await monitor(library, subscription, config, refused, itemsPerCall, false, events);
}

interface MonitoredNode {
  readonly index: number;
  readonly nodeId: string;
}

async function callLimit({ AttributeIds }: Library, session: ClientSession): Promise<number> {
  const answer = await session.read({ nodeId: itemsPerCallNode, attributeId: AttributeIds.Value });
  const limit: unknown = answer.statusCode.isGood() ? answer.value.value : undefined;
  return typeof limit === 'number' && limit > 0 ? Math.min(limit, itemsPerCall) : itemsPerCall;
}

/** Returns the items whose filter the server refused; anything else it refused is told. */
async function monitor(
  library: Library,
  subscription: ClientSubscription,
  config: OpcuaSourceConfig,
  items: readonly MonitoredNode[],
  perCall: number,
  filtered: boolean,
  events: SessionEvents,
): Promise<MonitoredNode[]> {
  const unfiltered: MonitoredNode[] = [];
  for (let start = 0; start < items.length; start += perCall) {
    const batch = items.slice(start, start + perCall);
    const statuses = await monitorBatch(library, subscription, config, batch, filtered, events);
    for (let i = 0; i < batch.length; i++) {
      const status = statuses[i]!;
      if (status >>> 31 === 0) continue;
      if (filtered && filterRefusals.has(status)) unfiltered.push(batch[i]!);
      else events.onRefused(batch[i]!.index, status);
    }
  }
  return unfiltered;
}

/** One call; the status of each item. The listener is there before the first value can be. */
function monitorBatch(
  library: Library,
  subscription: ClientSubscription,
  { publishingMs, samplingMs }: OpcuaSourceConfig,
  batch: readonly MonitoredNode[],
  filtered: boolean,
  events: SessionEvents,
): Promise<number[]> {
  const { AttributeIds, ClientMonitoredItemGroup, DataChangeFilter, DataChangeTrigger, TimestampsToReturn } =
    library;
  const parameters = {
    samplingInterval: samplingMs,
    // Room for two publishing intervals and a late answer.
    queueSize: Math.max(10, Math.ceil((3 * publishingMs) / Math.max(samplingMs, 1))),
    discardOldest: true,
    // A new time is news even when the value is the same: an unchanged reading is not an old one.
    ...(filtered
      ? { filter: new DataChangeFilter({ trigger: DataChangeTrigger.StatusValueTimestamp }) }
      : {}),
  };
  const group = ClientMonitoredItemGroup.create(
    subscription,
    batch.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.Value })),
    parameters,
    TimestampsToReturn.Both,
  );
  group.on('changed', (_item, value, index) => events.onValue(batch[index]!.index, value));
  return new Promise((resolve, reject) => {
    group.on('err', (message) => reject(new Error(message)));
    group.on('initialized', () => resolve(group.monitoredItems.map((item) => item.statusCode.value >>> 0)));
  });
}
