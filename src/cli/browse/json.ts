// What `gemel browse` found as JSON: one object a node, in the order of the tree.
import { allNodes, type BrowsedNode, valueText } from './node.ts';

export function nodesJson(root: BrowsedNode): string {
  const nodes = allNodes(root).map(({ path, stableId, tree, facts }) => ({
    path: path.join('/'),
    name: tree.name,
    nodeId: stableId,
    nodeClass: tree.nodeClass,
    ...(tree.left === '' ? {} : { left: tree.left }),
    ...(facts === undefined ? {} : ofVariable(facts)),
  }));
  return `${JSON.stringify({ nodes }, null, 2)}\n`;
}

function ofVariable(facts: NonNullable<BrowsedNode['facts']>) {
  const { dataType, dimensions, value, unit, words, status, access } = facts;
  return {
    dataType,
    ...(dimensions === undefined ? {} : { dimensions }),
    value: valueText(value),
    ...(unit === undefined ? {} : { unit: unit.unit, unitText: unit.text }),
    ...(words === undefined
      ? {}
      : { enum: Object.fromEntries([...words].map(([number, word]) => [word, number])) }),
    status: status === '' ? 'Good' : status,
    access,
  };
}
