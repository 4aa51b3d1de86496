// Reading history from a server: who has any for us, a page of it for several nodes, and letting go of what was not read
// to its end. Decides nothing about what is missing.
import type { DataValue } from 'node-opcua-client';
import { inBatches } from '../session/limits.ts';
import type { MonitorParts } from './monitor.ts';

/** Small answers: each is taken apart on the loop's thread. */
const valuesPerCall = 500;
const historyReadBit = 4;

export interface HistoryNode {
  readonly item: number;
  readonly nodeId: string;
  /** Where the server is to go on. */
  readonly continuation: Buffer | undefined;
}

/** Those whose history we may read. */
export async function readableOf(
  { library, session, limits }: MonitorParts,
  gaps: readonly HistoryNode[],
): Promise<Set<number>> {
  const { UserAccessLevel } = library.AttributeIds;
  const levels = await inBatches(limits, 'read', gaps, (batch) =>
    session.read(batch.map(({ nodeId }) => ({ nodeId, attributeId: UserAccessLevel }))),
  );
  return new Set(
    gaps
      .filter((_, i) => {
        const level: unknown = levels[i]!.statusCode.isGood() ? levels[i]!.value.value : 0;
        return typeof level === 'number' && (level & historyReadBit) !== 0;
      })
      .map(({ item }) => item),
  );
}

export interface Page {
  /** The server did not tell, and may the next time. */
  readonly refused: boolean;
  readonly values: readonly DataValue[];
  readonly continuation: Buffer | undefined;
}

export async function readPages(
  { library, session }: MonitorParts,
  gaps: readonly HistoryNode[],
  fromMs: number,
  untilMs: number,
): Promise<Page[]> {
  const { HistoryReadRequest, ReadRawModifiedDetails, HistoryData, TimestampsToReturn } = library;
  const { results } = await session.historyRead(
    new HistoryReadRequest({
      historyReadDetails: new ReadRawModifiedDetails({
        isReadModified: false,
        startTime: new Date(fromMs),
        endTime: new Date(untilMs),
        numValuesPerNode: valuesPerCall,
        returnBounds: false,
      }),
      nodesToRead: gaps.map(({ nodeId, continuation }) => ({
        nodeId,
        ...(continuation === undefined ? {} : { continuationPoint: continuation }),
      })),
      releaseContinuationPoints: false,
      timestampsToReturn: TimestampsToReturn.Both,
    }),
  );
  return (results ?? []).map(({ historyData, continuationPoint, statusCode }): Page => {
    const refused = statusCode.value >>> 31 === 1;
    const isMore = !refused && continuationPoint?.length > 0;
    const values = historyData instanceof HistoryData ? (historyData.dataValues ?? []) : [];
    return { refused, values, continuation: isMore ? continuationPoint : undefined };
  });
}

/** What was not read to its end is not kept open on the server. */
export async function letGo({ library, session }: MonitorParts, gaps: readonly HistoryNode[]): Promise<void> {
  const open = gaps.filter(({ continuation }) => continuation !== undefined);
  if (open.length === 0) return;
  await session.historyRead(
    new library.HistoryReadRequest({
      historyReadDetails: new library.ReadRawModifiedDetails({ isReadModified: false }),
      nodesToRead: open.map(({ nodeId, continuation }) => ({ nodeId, continuationPoint: continuation! })),
      releaseContinuationPoints: true,
      timestampsToReturn: library.TimestampsToReturn.Neither,
    }),
  );
}
