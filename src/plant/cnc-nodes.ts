// The nodes of the CNC: one folder a machine, filled from its panel, and what is done to their status on purpose.
import type { StatusCode } from 'node-opcua-client';
import type { OPCUAServer } from 'node-opcua-server';
import { GemError } from '../errors.ts';
import type { Libraries } from './cnc-server.ts';
import { type NodeSpec, type NodeType, type NodeValue, nodeUnits } from './panel.ts';

const unitsNamespace = 'http://www.opcfoundation.org/UA/units/un/cefact';
/** Cycling status codes stay so long with each. */
const statusEveryMs = 2000;

export interface CncMachine {
  readonly id: string;
  readonly panel: readonly NodeSpec[];
}

type Namespace = ReturnType<NonNullable<OPCUAServer['engine']['addressSpace']>['getOwnNamespace']>;
type UAObject = ReturnType<Namespace['addObject']>;
type UAVariable = ReturnType<Namespace['addVariable']>;

export interface ServedNode {
  readonly spec: NodeSpec;
  readonly variable: UAVariable;
  last: NodeValue | undefined;
  status: StatusCode | undefined;
}

export function addMachines(
  libraries: Libraries,
  server: OPCUAServer,
  machines: readonly CncMachine[],
): ServedNode[] {
  const addressSpace = server.engine.addressSpace;
  if (addressSpace === null)
    throw new GemError('GEM_INTERNAL', { why: 'the OPC UA server has no address space' });
  const namespace = addressSpace.getOwnNamespace();
  const objects = addressSpace.rootFolder.objects;
  return machines.flatMap(({ id, panel }) => {
    const root = namespace.addObject({ browseName: id, organizedBy: objects, nodeId: `s=${id}` });
    const folders = new Map<string, UAObject>();
    return panel.map((spec): ServedNode => {
      const parent = folderOf(namespace, root, folders, id, spec.path);
      return {
        spec,
        variable: addVariable(libraries, namespace, parent, id, spec),
        last: undefined,
        status: undefined,
      };
    });
  });
}

/** `Axis.X.Position` lies in `Axis`, `X`. */
function folderOf(
  namespace: Namespace,
  root: UAObject,
  folders: Map<string, UAObject>,
  id: string,
  path: string,
): UAObject {
  let parent = root;
  const levels = path.split('.').slice(0, -1);
  for (let depth = 1; depth <= levels.length; depth++) {
    const key = levels.slice(0, depth).join('.');
    const known = folders.get(key);
    parent =
      known ??
      namespace.addObject({ browseName: levels[depth - 1]!, componentOf: parent, nodeId: `s=${id}.${key}` });
    folders.set(key, parent);
  }
  return parent;
}

function addVariable(
  { DataType }: Libraries,
  namespace: Namespace,
  parent: UAObject,
  id: string,
  spec: NodeSpec,
): UAVariable {
  const options = {
    componentOf: parent,
    browseName: spec.path.slice(spec.path.lastIndexOf('.') + 1),
    nodeId: `s=${id}.${spec.path}`,
    description: spec.about,
    dataType: DataType[spec.type],
    accessLevel: 'CurrentRead',
    userAccessLevel: 'CurrentRead',
    minimumSamplingInterval: 0,
  };
  if (spec.unit === undefined) return namespace.addVariable(options);
  const { unitId, text, name } = nodeUnits[spec.unit];
  return namespace.addAnalogDataItem({
    ...options,
    engineeringUnits: {
      namespaceUri: unitsNamespace,
      unitId,
      displayName: { text },
      description: { text: name },
    },
    engineeringUnitsRange: { low: -1e9, high: 1e9 },
  });
}

/** `cycling`: the status goes round by the calendar instead of being Good. */
export function refresh(
  { DataType, StatusCodes }: Libraries,
  nodes: readonly ServedNode[],
  time: Date,
  cycling: boolean,
): void {
  const round = [StatusCodes.Good, StatusCodes.UncertainLastUsableValue, StatusCodes.BadSensorFailure];
  const status = cycling
    ? round[Math.floor(time.getTime() / statusEveryMs) % round.length]!
    : StatusCodes.Good;
  for (const node of nodes) {
    const { spec, variable } = node;
    const value = spec.read();
    if (!spec.cyclic && value === node.last && status === node.status) continue;
    node.last = value;
    node.status = status;
    const dataType: Libraries['DataType'][NodeType] = DataType[spec.type];
    variable.setValueFromSource({ dataType, value }, status, time);
  }
}
