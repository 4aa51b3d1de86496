// How much a server takes in one call: what it says, never more than we like, and less once it refuses.
import type { ClientSession } from 'node-opcua-client';
import type { Library } from '../library.ts';

const perCallMax = 500;

export type Operation = 'read' | 'browse' | 'translate' | 'monitor' | 'history';

/** Shrinks when a server turns out to take less than it said. */
export type CallLimits = Record<Operation, number>;

/** Server_ServerCapabilities_OperationLimits_… */
const limitNodes: readonly (readonly [Operation, string])[] = [
  ['read', 'ns=0;i=11705'],
  ['browse', 'ns=0;i=11710'],
  ['translate', 'ns=0;i=11712'],
  ['monitor', 'ns=0;i=11714'],
  ['history', 'ns=0;i=12165'],
];

export async function readLimits({ AttributeIds }: Library, session: ClientSession): Promise<CallLimits> {
  const limits: CallLimits = {
    read: perCallMax,
    browse: perCallMax,
    translate: perCallMax,
    monitor: perCallMax,
    history: perCallMax,
  };
  const nodes = limitNodes.map(([, nodeId]) => ({ nodeId, attributeId: AttributeIds.Value }));
  const answers = await session.read(nodes);
  limitNodes.forEach(([operation], i) => {
    const said: unknown = answers[i]?.statusCode.isGood() === true ? answers[i].value.value : undefined;
    if (typeof said === 'number' && said > 0) limits[operation] = Math.min(said, perCallMax);
  });
  return limits;
}

/** Refusals of a call for its size alone; with fewer in it the same call may pass. */
const tooMuch = /BadTooManyOperations|Bad(Request|Response|TcpMessage)TooLarge|BadEncodingLimitsExceeded/;

/**
 * One result for each item, in order. A batch refused for its size is halved, and that size is kept for the
 * calls to come; any other refusal is the caller's.
 */
export async function inBatches<Item, Result>(
  limits: CallLimits,
  operation: Operation,
  items: readonly Item[],
  call: (batch: Item[]) => Promise<readonly Result[]>,
  onProgress?: (done: number) => void,
): Promise<Result[]> {
  const results: Result[] = [];
  while (results.length < items.length) {
    const batch = items.slice(results.length, results.length + limits[operation]);
    let answers: readonly Result[];
    try {
      answers = await call(batch);
    } catch (error) {
      if (batch.length === 1 || !tooMuch.test(error instanceof Error ? error.message : String(error)))
        throw error;
      limits[operation] = Math.ceil(batch.length / 2);
      continue;
    }
    if (answers.length !== batch.length) {
      throw new Error(
        `the server gave ${answers.length} answers to ${batch.length} questions (${operation})`,
      );
    }
    results.push(...answers);
    onProgress?.(results.length);
  }
  return results;
}
