// Asks a server for monitored items, in batches it takes, and looks at the status of each. A filter that is
// refused is given up step by step: first the deadband, then the report of new times for old values.
import type {
  ClientSession,
  ClientSessionRawSubscriptionService,
  ClientSubscription,
} from 'node-opcua-client';
import type { Library } from '../library.ts';
import { type CallLimits, inBatches } from '../session/limits.ts';
import type { PlannedItem } from '../tag-plan.ts';
import { handleOf } from './delivery.ts';

/** BadMonitoredItemFilterInvalid, …Unsupported, BadFilterNotAllowed, BadDeadbandFilterInvalid */
const filterRefusals: ReadonlySet<number> = new Set([0x80430000, 0x80440000, 0x80450000, 0x808e0000]);

export interface Wanted {
  readonly item: number;
  readonly nodeId: string;
}

export interface Monitored {
  readonly item: number;
  readonly status: number;
  readonly monitoredItemId: number;
  readonly samplingMs: number;
  readonly queueSize: number;
  /** It came with less of a filter than was asked for. */
  readonly unfiltered: boolean;
}

/** The library's own monitored items are not used: see `delivery.ts`. */
export type RawSession = ClientSession & ClientSessionRawSubscriptionService;

export interface MonitorParts {
  readonly library: Library;
  readonly session: RawSession;
  readonly subscription: ClientSubscription;
  readonly limits: CallLimits;
  readonly items: readonly PlannedItem[];
}

type Filter = 'deadband' | 'times' | 'none';

/** One answer for each item wanted, in another order. */
export async function monitor(parts: MonitorParts, wanted: readonly Wanted[]): Promise<Monitored[]> {
  const settled: Monitored[] = [];
  let left: readonly Wanted[] = wanted;
  for (const filter of ['deadband', 'times', 'none'] as const) {
    // Without a deadband there is none to give up.
    const asked =
      filter === 'times' ? left.filter(({ item }) => parts.items[item]!.deadband !== undefined) : left;
    const answers = await ask(parts, asked, filter);
    const again = new Set<number>();
    for (const answer of answers) {
      if (filter !== 'none' && filterRefusals.has(answer.status)) again.add(answer.item);
      else settled.push(answer);
    }
    const answered = new Set(answers.map(({ item }) => item));
    left = left.filter(({ item }) => again.has(item) || !answered.has(item));
    if (left.length === 0) break;
  }
  return settled;
}

function ask(parts: MonitorParts, wanted: readonly Wanted[], filter: Filter): Promise<Monitored[]> {
  const { library, session, subscription, limits, items } = parts;
  return inBatches(limits, 'monitor', wanted, async (batch) => {
    const { results } = await session.createMonitoredItems({
      subscriptionId: subscription.subscriptionId,
      timestampsToReturn: library.TimestampsToReturn.Both,
      itemsToCreate: batch.map(({ item, nodeId }) => request(library, item, nodeId, items[item]!, filter)),
    });
    return (results ?? []).map((result, i): Monitored => {
      const { item } = batch[i]!;
      return {
        item,
        status: result.statusCode.value >>> 0,
        monitoredItemId: result.monitoredItemId,
        samplingMs: result.revisedSamplingInterval,
        queueSize: result.revisedQueueSize,
        unfiltered: items[item]!.deadband === undefined ? false : filter !== 'deadband',
      };
    });
  });
}

function request(library: Library, item: number, nodeId: string, planned: PlannedItem, filter: Filter) {
  const { AttributeIds, MonitoringMode, coerceNodeId } = library;
  return {
    itemToMonitor: { nodeId: coerceNodeId(nodeId), attributeId: AttributeIds.Value },
    monitoringMode: MonitoringMode.Reporting,
    requestedParameters: {
      clientHandle: handleOf(item),
      samplingInterval: planned.samplingMs,
      queueSize: planned.queueSize,
      discardOldest: true,
      ...(filter === 'none' ? {} : { filter: filterOf(library, planned, filter) }),
    },
  };
}

function filterOf(
  { DataChangeFilter, DataChangeTrigger, DeadbandType }: Library,
  { deadband }: PlannedItem,
  filter: Filter,
) {
  if (deadband === undefined || filter === 'times') {
    // A new time is news even when the value is the same: an unchanged reading is not an old one.
    return new DataChangeFilter({ trigger: DataChangeTrigger.StatusValueTimestamp });
  }
  const [deadbandType, deadbandValue] =
    'absolute' in deadband
      ? [DeadbandType.Absolute, deadband.absolute]
      : [DeadbandType.Percent, deadband.percent];
  return new DataChangeFilter({ trigger: DataChangeTrigger.StatusValue, deadbandType, deadbandValue });
}
