// The CNC's interpolator: works through the blocks of a programme and says, each millisecond, where the axes
// and the spindle should be. Exact stop at every corner, straight lines, trapezoids of speed.
import type { AxisSetpoint } from './axis.ts';
import type { Block, Place, Programme } from './programme.ts';

const rapidMPerS = 0.35;
const accelerationMPerS2 = 1.2;
const atSpeedShare = 0.01;

export const modes = ['idle', 'rapid', 'cutting', 'tool-change', 'spindle'] as const;
export type Mode = (typeof modes)[number];

export interface ControllerState {
  programme: Programme;
  /** What is made after this part. */
  next: Programme;
  block: number;
  inBlockS: number;
  parts: number;
  mode: Mode;
  tool: number;
  commandRpm: number;
  /** Along the path: distance done and to do in m, speed in m/s. */
  doneM: number;
  pathM: number;
  pathMPerS: number;
  readonly from: Float64Array;
  readonly along: Float64Array;
  readonly axes: readonly AxisSetpoint[];
  depthMm: number;
  widthMm: number;
}

export function newController(programme: Programme): ControllerState {
  const controller: ControllerState = {
    programme,
    next: programme,
    block: 0,
    inBlockS: 0,
    parts: 0,
    mode: 'idle',
    tool: 1,
    commandRpm: 0,
    doneM: 0,
    pathM: 0,
    pathMPerS: 0,
    from: new Float64Array(3),
    along: new Float64Array(3),
    axes: [0, 1, 2].map(() => ({ positionM: 0, velocityMPerS: 0, accelerationMPerS2: 0 })),
    depthMm: 0,
    widthMm: 0,
  };
  enter(controller);
  return controller;
}

/** Advances by `dtS`; `spindleRpm` is measured, because blocks wait for it. */
export function stepController(controller: ControllerState, spindleRpm: number, dtS: number): void {
  controller.inBlockS += dtS;
  const block = controller.programme.blocks[controller.block]!;
  if (!blockDone(controller, block, spindleRpm, dtS)) return;
  controller.block++;
  if (controller.block === controller.programme.blocks.length) {
    controller.block = 0;
    controller.parts++;
    controller.programme = controller.next;
  }
  controller.inBlockS = 0;
  enter(controller);
}

function blockDone(c: ControllerState, block: Block, spindleRpm: number, dtS: number): boolean {
  switch (block.kind) {
    case 'tool':
    case 'idle':
      return c.inBlockS >= block.seconds;
    case 'spindle':
      return true;
    case 'at-speed':
      return Math.abs(spindleRpm - c.commandRpm) <= c.commandRpm * atSpeedShare;
    case 'rapid':
      return travel(c, rapidMPerS, dtS);
    case 'cut':
      return travel(c, block.feed / 60_000, dtS);
  }
}

function enter(c: ControllerState): void {
  const block = c.programme.blocks[c.block]!;
  c.depthMm = 0;
  c.widthMm = 0;
  c.pathMPerS = 0;
  switch (block.kind) {
    case 'tool':
      c.mode = 'tool-change';
      c.tool = block.tool;
      break;
    case 'idle':
      c.mode = 'idle';
      break;
    case 'spindle':
      c.commandRpm = block.rpm;
      break;
    case 'at-speed':
      c.mode = 'spindle';
      break;
    case 'rapid':
      c.mode = 'rapid';
      aim(c, block.to);
      break;
    case 'cut':
      c.mode = 'cutting';
      c.depthMm = block.depth;
      c.widthMm = block.width;
      aim(c, block.to);
      break;
  }
}

function aim(c: ControllerState, to: Place): void {
  const target = [to.x, to.y, to.z];
  let squares = 0;
  for (let axis = 0; axis < 3; axis++) {
    const from = c.axes[axis]!.positionM;
    const millimetres = target[axis];
    c.from[axis] = from;
    c.along[axis] = millimetres === undefined ? 0 : millimetres / 1000 - from;
    squares += c.along[axis]! ** 2;
  }
  c.pathM = Math.sqrt(squares);
  c.doneM = 0;
  if (c.pathM > 0) for (let axis = 0; axis < 3; axis++) c.along[axis]! /= c.pathM;
}

/** One step along the line: as fast as allowed and as braking in time allows. True at its end. */
function travel(c: ControllerState, speedMPerS: number, dtS: number): boolean {
  const left = c.pathM - c.doneM;
  const change = accelerationMPerS2 * dtS;
  const brakingMPerS = Math.sqrt(2 * accelerationMPerS2 * Math.max(0, left));
  const before = c.pathMPerS;
  c.pathMPerS = Math.min(before + change, speedMPerS, brakingMPerS);
  const done = left <= Math.max(c.pathMPerS * dtS, 1e-7);
  c.doneM = done ? c.pathM : c.doneM + c.pathMPerS * dtS;
  const acceleration = done ? 0 : (c.pathMPerS - before) / dtS;
  if (done) c.pathMPerS = 0;
  for (let axis = 0; axis < 3; axis++) {
    const setpoint = c.axes[axis]!;
    setpoint.positionM = c.from[axis]! + c.along[axis]! * c.doneM;
    setpoint.velocityMPerS = c.along[axis]! * c.pathMPerS;
    setpoint.accelerationMPerS2 = c.along[axis]! * acceleration;
  }
  return done;
}
