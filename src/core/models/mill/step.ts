// One step of the mill, in this order:
//
//   motion → wear of the tool and its cut → currents → heat and what it wears, by pieces of a long step → power → doing
//
// A long step is a run-up of the spindle and the rest at speed. What warms and wears goes by the mean speed of a step,
// a tool cuts with the mean of its wear; outputs are of its end. Allocates nothing; scratch is written before it is
// read in every step.
import { axisCurrent, axisParameterCount, axisPowerW, axisVelocity, withinVelocity } from './axis.ts';
import { behave, said } from './behaviour.ts';
import { cuttingPowerW, feedForceN, feedInCut, tangentialN } from './cut.ts';
import { copperW, load, network, prepareHeat, stepHeat } from './heat.ts';
import { p, u, x, y } from './layout.ts';
import {
  dragNm,
  inertiaNm,
  radPerSPerRpm,
  runUpS,
  spindleRpm,
  squareCurrent,
  stands,
  torqueMaxNm,
  withinSpeed,
} from './spindle.ts';
import { bearingRatePerH } from './wear-bearing.ts';
import { currentFactor, heatFactor, secondsPerHour, speedFactor, worn } from './wear-load.ts';
import { spindleRatePerH, turnedAfter, wearOfStart } from './wear-spindle.ts';
import { cuttingRatePerH, flankFullUm, toolSlot, toolWear } from './wear-tool.ts';

/** Heat and what it wears are followed in pieces of a long step, and never in more than so many. */
const pieceS = 2;
const piecesMax = 64;
/** The run-up of a long step is followed in pieces as short as a usual tick. */
const runUpPieceS = 0.1;
const runUpsMax = 16;
const movingMPerS = 1e-5;

/** What one part of a step leaves for the next. */
const now = {
  on: false,
  pathMPerS: 0,
  rpmBefore: 0,
  rpm: 0,
  meanRadPerS: 0,
  turns: false,
  feed: 0,
  powerW: 0,
  torqueNm: 0,
  edgeN: 0,
  squareA2: 0,
  meanSquareA2: 0,
  axesW: 0,
};
const velocityBefore = new Float64Array(3);

export function stepMill(
  params: Float64Array,
  state: Float64Array,
  input: Float64Array,
  dtS: number,
  output: Float64Array,
): void {
  const firstS = runUpS(params, p.spindle, state[x.speed]!, input[u.speed]!, dtS);
  const runUps = Math.min(runUpsMax, Math.ceil(firstS / runUpPieceS));
  for (let i = 0; i < runUps; i++) part(params, state, input, firstS / runUps, output);
  part(params, state, input, dtS - firstS, output);
}

/** Of a step, or the whole of it: the spindle changes its speed evenly over it. */
function part(
  params: Float64Array,
  state: Float64Array,
  input: Float64Array,
  dtS: number,
  output: Float64Array,
): void {
  now.on = input[u.machine + said.on]! >= 0.5;
  const stopped = input[u.machine + said.eStop]! >= 0.5;
  travel(params, state, input, stopped, dtS);
  turn(params, state, input, dtS);
  cut(params, state, input, stopped, dtS, output);
  driveSpindle(params, dtS, output);
  driveAxes(params, state, dtS, output);
  warmAndWear(params, state, input, dtS, output);
  const copper = copperW(params, p.heat, now.squareA2, output[y.temp]!);
  const mechanical = Math.abs(now.torqueNm * now.rpm * radPerSPerRpm);
  output[y.power] = now.on ? params[p.standby]! + now.axesW + mechanical + copper : 0;
  const moves = now.pathMPerS > movingMPerS;
  behave(params[p.quiet]!, state, x.behaviour, input, u.machine, moves, now.turns, now.feed > 0, dtS);
}

/** The axes follow what is measured or commanded within their limits; an emergency stop commands rest. */
function travel(
  params: Float64Array,
  state: Float64Array,
  input: Float64Array,
  stopped: boolean,
  dtS: number,
): void {
  let squares = 0;
  for (let axis = 0; axis < 3; axis++) {
    const p0 = p.axis + axis * axisParameterCount;
    const before = withinVelocity(params, p0, state[x.axis + axis]!);
    const v = axisVelocity(params, p0, before, stopped ? 0 : input[u.axis + axis]!, dtS);
    velocityBefore[axis] = before;
    state[x.axis + axis] = v;
    squares += v * v;
  }
  now.pathMPerS = Math.sqrt(squares);
}

function turn(params: Float64Array, state: Float64Array, input: Float64Array, dtS: number): void {
  now.rpmBefore = withinSpeed(state[x.speed]!);
  now.rpm = spindleRpm(params, p.spindle, now.rpmBefore, input[u.speed]!, dtS);
  now.turns = !stands(now.rpmBefore, now.rpm);
  now.meanRadPerS = ((now.rpm + now.rpmBefore) / 2) * radPerSPerRpm;
  state[x.speed] = now.rpm;
}

/** Wear and force of the tool in the spindle. */
function cut(
  params: Float64Array,
  state: Float64Array,
  input: Float64Array,
  stopped: boolean,
  dtS: number,
  output: Float64Array,
): void {
  const slot = x.toolWear + toolSlot(input[u.toolNumber]!);
  exchange(state, slot, input[u.toolReplaced]!);
  const depth = input[u.depth]!;
  const width = input[u.width]!;
  const rpm = Math.abs(now.rpm);
  const wear = state[slot]!;
  now.feed = now.on && !stopped ? feedInCut(input[u.feed]!, now.pathMPerS, depth, width, rpm) : 0;
  now.powerW = 0;
  now.edgeN = 0;
  let ratePerH = 0;
  if (now.feed > 0) {
    const diameter = input[u.toolDiameter]!;
    ratePerH = cuttingRatePerH(params, p.wearTool, rpm, now.feed, depth, diameter, input[u.toolTeeth]!);
    state[slot] = toolWear(params, p.wearTool, wear, ratePerH, dtS);
    const meanWear = (wear + state[slot]!) / 2;
    const omega = rpm * radPerSPerRpm;
    const mostW = torqueMaxNm(params, p.spindle) * omega;
    now.powerW = cuttingPowerW(params, p.cut, meanWear, now.feed, depth, width, mostW);
    now.edgeN = tangentialN(now.powerW / omega, diameter);
  } else if (now.turns && now.on) state[slot] = toolWear(params, p.wearTool, wear, 0, dtS);
  output[y.flank] = flankFullUm * state[slot]!;
}

/** A counter that changes says that the tool in the spindle is new; the first value seen says nothing. */
function exchange(state: Float64Array, slot: number, replaced: number): void {
  const seen = state[x.toolReplaced]!;
  if (replaced < 0 || replaced === seen) return;
  if (seen >= 0) state[slot] = 0;
  state[x.toolReplaced] = replaced;
}

function driveSpindle(params: Float64Array, dtS: number, output: Float64Array): void {
  now.squareA2 = 0;
  now.meanSquareA2 = 0;
  now.torqueNm = 0;
  output[y.spindle] = 0;
  if (!now.turns || !now.on) return;
  const omega = now.rpm * radPerSPerRpm;
  const cuttingNm = now.powerW > 0 ? now.powerW / omega : 0;
  const changeNm = inertiaNm(params, p.spindle, now.rpm - now.rpmBefore, dtS);
  const besideDragNm = changeNm + cuttingNm;
  now.torqueNm = besideDragNm + dragNm(params, p.spindle, omega);
  now.squareA2 = squareCurrent(params, p.spindle, now.torqueNm);
  now.meanSquareA2 = squareCurrent(
    params,
    p.spindle,
    besideDragNm + dragNm(params, p.spindle, now.meanRadPerS),
  );
  output[y.spindle] = Math.sqrt(now.squareA2);
}

function driveAxes(params: Float64Array, state: Float64Array, dtS: number, output: Float64Array): void {
  const pushN = now.pathMPerS > movingMPerS ? feedForceN(params, p.cut, now.edgeN) / now.pathMPerS : 0;
  now.axesW = 0;
  for (let axis = 0; axis < 3; axis++) {
    const p0 = p.axis + axis * axisParameterCount;
    const v = state[x.axis + axis]!;
    const current = now.on ? axisCurrent(params, p0, velocityBefore[axis]!, v, pushN * v, dtS) : 0;
    output[y.axis + axis] = current;
    if (current > 0) now.axesW += axisPowerW(params, p0, v, current, params[p.supply]!);
  }
}

function warmAndWear(
  params: Float64Array,
  state: Float64Array,
  input: Float64Array,
  dtS: number,
  output: Float64Array,
): void {
  const omega = Math.abs(now.meanRadPerS);
  const rpm = omega / radPerSPerRpm;
  load.squareA2 = now.meanSquareA2;
  load.radPerS = omega;
  load.dragW = dragNm(params, p.spindle, omega) * omega;
  load.cuttingW = now.powerW;
  load.ambientC = input[u.ambient]!;
  const { value, mean } = network;
  value[0] = state[x.temp]!;
  value[1] = state[x.temp + 1]!;
  value[2] = state[x.temp + 2]!;
  prepareHeat(params, p.heat);
  const speed = speedFactor(params, p.wearLoad, rpm);
  const bearingPerH = now.turns ? bearingRatePerH(params, p.wearBearing, rpm, now.edgeN, speed) : 0;
  const current = currentFactor(params, p.wearLoad, now.meanSquareA2);
  const spindlePerH = now.turns ? spindleRatePerH(params, p.wearSpindle, current, speed) : 0;
  const pieces = Math.min(piecesMax, Math.ceil(dtS / pieceS));
  const pieceHours = dtS / pieces / secondsPerHour;
  const turned = turnedAfter(state[x.turned]!, now.rpm);
  let spindleMore = turned > state[x.turned]! ? wearOfStart(params, p.wearSpindle) : 0;
  let bearingMore = 0;
  state[x.turned] = turned;
  for (let piece = 0; piece < pieces; piece++) {
    stepHeat(params, p.heat, dtS / pieces);
    spindleMore += spindlePerH * heatFactor(params, p.wearLoad, mean[0]!) * pieceHours;
    bearingMore += bearingPerH * heatFactor(params, p.wearLoad, mean[2]!) * pieceHours;
  }
  state[x.spindleWear] = worn(state[x.spindleWear]!, spindleMore);
  state[x.bearingWear] = worn(state[x.bearingWear]!, bearingMore);
  for (let node = 0; node < 3; node++) {
    state[x.temp + node] = value[node]!;
    output[y.temp + node] = value[node]!;
  }
}
