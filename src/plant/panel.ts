// What the CNC shows of one machine: its nodes, their types and units, and where each value comes from.
// Pure; `cnc.ts` serves it. Encoders are exact to a step; what stands still reads zero.
import { modes } from './controller.ts';
import { axisNames } from './hidden.ts';
import { newRandom } from './random.ts';
import { newSensor } from './sensor.ts';
import { radPerSPerRpm } from './spindle.ts';
import { magazine } from './tool.ts';
import { pathSpeed, type Truth } from './truth.ts';

export type NodeType = 'Double' | 'Int32' | 'Boolean' | 'String';
export type NodeValue = number | boolean | string;

export interface NodeSpec {
  /** Below the machine: the node id is `s=<machine>.<path>`. */
  readonly path: string;
  readonly type: NodeType;
  readonly about: string;
  readonly unit?: NodeUnit;
  /** Measured anew in every cycle; the others have the time of their last change. */
  readonly cyclic: boolean;
  read(): NodeValue;
}

/** UNECE Recommendation 20 codes, as OPC UA's EngineeringUnits wants them. */
export const nodeUnits = {
  mm: { unitId: 5_066_068, text: 'mm', name: 'millimetre' },
  mmPerMin: { unitId: 4_731_953, text: 'mm/min', name: 'millimetre per minute' },
  rpm: { unitId: 5_394_509, text: 'rpm', name: 'revolutions per minute' },
  percent: { unitId: 20_529, text: '%', name: 'percent' },
} as const;
export type NodeUnit = keyof typeof nodeUnits;

export function newPanel(truth: Truth, seed: string): NodeSpec[] {
  return [
    ...axisNames.flatMap((_, axis) => axisNodes(truth, axis, seed)),
    ...spindleNodes(truth, seed),
    ...channelNodes(truth),
    ...toolNodes(truth),
  ];
}

function measured(path: string, unit: NodeUnit, about: string, read: () => number): NodeSpec {
  return { path, type: 'Double', unit, about, cyclic: true, read };
}

function told(path: string, type: NodeType, about: string, read: () => NodeValue, unit?: NodeUnit): NodeSpec {
  return { path, type, about, cyclic: false, read, ...(unit === undefined ? {} : { unit }) };
}

function axisNodes(truth: Truth, axis: number, seed: string): NodeSpec[] {
  const name = axisNames[axis]!.toUpperCase();
  const random = newRandom(`${seed}/panel/${name}`);
  const encoder = newSensor({ noise: 0, step: 0.001 }, random);
  const velocity = newSensor({ noise: 0.4, step: 0.1 }, random);
  const state = truth.axes[axis]!;
  const target = truth.controller.axes[axis]!;
  return [
    measured(`Axis.${name}.Position`, 'mm', `Position of ${name}`, () => encoder(state.motorM * 1000)),
    measured(`Axis.${name}.Velocity`, 'mmPerMin', `Velocity of ${name}`, () =>
      state.braked ? 0 : velocity(state.motorMPerS * 60_000),
    ),
    measured(`Axis.${name}.Commanded`, 'mm', `Commanded position of ${name}`, () =>
      encoder(target.positionM * 1000),
    ),
  ];
}

function spindleNodes(truth: Truth, seed: string): NodeSpec[] {
  const { spindle, controller } = truth;
  const speed = newSensor({ noise: 0.5, step: 0.1 }, newRandom(`${seed}/panel/spindle`));
  const ratedNm = 4;
  return [
    measured('Spindle.Speed', 'rpm', 'Measured speed of the spindle', () =>
      spindle.radPerS === 0 ? 0 : speed(spindle.radPerS / radPerSPerRpm),
    ),
    measured(
      'Spindle.Load',
      'percent',
      'Torque of the spindle drive, of its rating',
      () => Math.round((1000 * Math.abs(spindle.torqueNm)) / ratedNm) / 10,
    ),
    told('Spindle.Commanded', 'Double', 'Programmed speed', () => controller.commandRpm, 'rpm'),
    told('Spindle.Override', 'Double', 'Speed override', () => 100, 'percent'),
  ];
}

function channelNodes(truth: Truth): NodeSpec[] {
  const { controller } = truth;
  const feed = () => (controller.pathMPerS === 0 ? 0 : Math.round(pathSpeed(truth) * 600_000) / 10);
  return [
    measured('Channel.Feed', 'mmPerMin', 'Measured speed along the path', feed),
    told('Channel.Override', 'Double', 'Feed override', () => 100, 'percent'),
    told('Channel.Programme', 'String', 'Name of the programme', () => controller.programme.name),
    told('Channel.ProgrammeNumber', 'Int32', 'Number of the programme', () => controller.programme.number),
    told('Channel.Line', 'Int32', 'Block being executed', () => (controller.block + 1) * 10),
    told('Channel.Parts', 'Int32', 'Parts made since the start', () => controller.parts),
    told('Channel.Mode', 'Int32', `What it does: ${modes.join(', ')} (0 to ${modes.length - 1})`, () =>
      modes.indexOf(controller.mode),
    ),
    told('Channel.Running', 'Boolean', 'The programme runs', () => controller.mode !== 'idle'),
    told('Channel.Hold', 'Boolean', 'Feed hold: it waits in the middle of the programme', () => false),
    told('Channel.On', 'Boolean', 'The drives are switched on', () => true),
    told('Channel.Alarm', 'Boolean', 'An alarm stops the machine', () => false),
    told('Channel.EmergencyStop', 'Boolean', 'Emergency stop is pressed', () => false),
    told(
      'Cut.Depth',
      'Double',
      'Axial depth of cut, a variable of the programme',
      () => controller.depthMm,
      'mm',
    ),
    told(
      'Cut.Width',
      'Double',
      'Radial width of cut, a variable of the programme',
      () => controller.widthMm,
      'mm',
    ),
  ];
}

/** The tool table of the control, of the tool in the spindle. */
function toolNodes({ controller, cut }: Truth): NodeSpec[] {
  const inSpindle = () => magazine[controller.tool - 1];
  return [
    told('Tool.Number', 'Int32', 'Tool in the spindle', () => controller.tool),
    told('Tool.Diameter', 'Double', 'Its diameter', () => 2000 * (inSpindle()?.radiusM ?? 0), 'mm'),
    told('Tool.Teeth', 'Int32', 'Its cutting edges', () => inSpindle()?.teeth ?? 0),
    told('Tool.Replaced', 'Int32', 'Worn tools that were replaced since the start', () => cut.replaced),
  ];
}
