// The same mill as one writes it with plain objects: named parameters, a new state every step, small helpers. A
// yardstick for the bench only; it is held to the same numbers as the model.

import { copperW, exact, type Named, networkOf, type Vector } from './plain-heat.ts';
import { taylorPerH, toolWear, worn } from './plain-tool.ts';

export interface PlainState {
  readonly axes: readonly number[];
  readonly rpm: number;
  readonly temps: Vector;
  readonly spindleWear: number;
  readonly bearingWear: number;
  readonly tools: Readonly<Record<string, number>>;
  readonly replacedSeen: number;
  readonly behaviour: string;
  readonly runningS: number;
  readonly cuttingS: number;
  readonly cycles: number;
  readonly ran: boolean;
  readonly quietS: number;
  readonly partsSeen: number;
  readonly turned: boolean;
}

const axisNames = ['x', 'y', 'z'];
const rad = (2 * Math.PI) / 60;

export function newPlainState(): PlainState {
  const tools = Object.fromEntries(
    ['other', ...Array.from({ length: 24 }, (_, i) => i + 1)].map((t) => [t, 0]),
  );
  return {
    ...{
      axes: [0, 0, 0],
      rpm: 0,
      temps: [22, 22, 22],
      spindleWear: 0,
      bearingWear: 0,
      tools,
      replacedSeen: -1,
    },
    ...{
      behaviour: 'idle',
      runningS: 0,
      cuttingS: 0,
      cycles: 0,
      ran: false,
      quietS: 0,
      partsSeen: -1,
      turned: false,
    },
  };
}

const clamp = (value: number, most: number) => Math.min(most, Math.max(-most, value));

export function stepPlain(
  p: Named,
  state: PlainState,
  u: Named,
  dtS: number,
): { state: PlainState; outputs: Named } {
  let now = state;
  let firstS = 0;
  if (dtS > 1) {
    const change = Math.abs(clamp(u['spindle.speed']!, 1e6) - clamp(state.rpm, 1e6)) * rad;
    firstS = change / p['spindle.aMax']! < (1 - 1e-9) * dtS ? change / p['spindle.aMax']! : 0;
  }
  const runUps = Math.min(16, Math.ceil(firstS / 0.1));
  for (let i = 0; i < runUps; i++) now = part(p, now, u, firstS / runUps).state;
  return part(p, now, u, dtS - firstS);
}

function part(p: Named, state: PlainState, u: Named, dtS: number) {
  const on = u['machine.on']! >= 0.5;
  const motion = move(p, state, u, dtS);
  const spindle = turn(p, state, u, dtS);
  const cut = cutWith(p, state, u, on, spindle, motion.path, dtS);
  const drive = driveSpindle(p, on, spindle, cut.power, dtS);
  const currents = axisNames.map((axis, i) => {
    const push = motion.path > 1e-5 ? (p['cut.feedForce']! * cut.edge) / motion.path : 0;
    return on ? axisCurrent(p, axis, motion.before[i]!, motion.after[i]!, push, dtS) : 0;
  });
  const warmed = warm(p, state, u, spindle, drive.meanSquare, cut, dtS);
  const axesW = currents
    .map((current, i) => axisPower(p, axisNames[i]!, motion.after[i]!, current))
    .reduce((sum, power) => sum + power, 0);
  const mechanical = Math.abs(drive.torque * spindle.rpm * rad);
  const copper = copperW(p, drive.square, warmed.temps[0]);
  const done = behave(p, state, u, motion.path > 1e-5, spindle.turns, cut.feed > 0, dtS);
  const next: PlainState = {
    ...{ ...done, ...warmed, axes: motion.after, rpm: spindle.rpm },
    ...{ tools: { ...state.tools, [cut.tool]: cut.wear }, replacedSeen: cut.replacedSeen },
  };
  const outputs = {
    ...Object.fromEntries(axisNames.map((axis, i) => [`axis.${axis}.current`, currents[i]!])),
    'spindle.current': Math.sqrt(drive.square),
    'spindle.windingTemp': warmed.temps[0],
    'spindle.housingTemp': warmed.temps[1],
    'spindle.bearingTemp': warmed.temps[2],
    'machine.power': on ? p['power.standby']! + axesW + mechanical + copper : 0,
    'tool.flankWear': 300 * cut.wear,
  };
  return { state: next, outputs };
}

function move(p: Named, state: PlainState, u: Named, dtS: number) {
  const before = state.axes.map((v, i) => clamp(v, p[`axis.${axisNames[i]}.vMax`]!));
  const after = before.map((v, i) => {
    const axis = axisNames[i]!;
    const wanted = u['machine.eStop']! >= 0.5 ? 0 : u[`axis.${axis}.velocity`]!;
    const change = p[`axis.${axis}.aMax`]! * dtS;
    return Math.min(v + change, Math.max(v - change, clamp(wanted, p[`axis.${axis}.vMax`]!)));
  });
  return { before, after, path: Math.sqrt(after.reduce((sum, v) => sum + v * v, 0)) };
}

function turn(p: Named, state: PlainState, u: Named, dtS: number) {
  const before = clamp(state.rpm, 1e6);
  const change = (p['spindle.aMax']! * dtS) / rad;
  const rpm = Math.min(before + change, Math.max(before - change, clamp(u['spindle.speed']!, 1e6)));
  const turns = !(Math.abs(rpm) < 0.1 && Math.abs(before) < 0.1);
  return { before, rpm, turns, meanOmega: ((rpm + before) / 2) * rad };
}

type Turning = ReturnType<typeof turn>;

function cutWith(
  p: Named,
  state: PlainState,
  u: Named,
  on: boolean,
  spindle: Turning,
  path: number,
  dtS: number,
) {
  const number = Math.round(u['tool.number']!);
  const tool = number >= 1 && number <= 24 ? String(number) : 'other';
  const replaced = u['tool.replaced']!;
  const exchanged = replaced >= 0 && replaced !== state.replacedSeen && state.replacedSeen >= 0;
  const replacedSeen = replaced >= 0 ? replaced : state.replacedSeen;
  const wear = exchanged ? 0 : state.tools[tool]!;
  const rpm = Math.abs(spindle.rpm);
  const [depth, width, told] = [u['cut.depth']!, u['cut.width']!, u['cut.feed']!];
  const engaged = on && u['machine.eStop']! < 0.5 && depth > 0 && width > 0 && rpm >= 10;
  const feed = engaged ? (told === 0 ? path * 60_000 : Math.abs(told)) : 0;
  if (feed === 0) {
    const after = spindle.turns && on ? toolWear(p, wear, 0, dtS) : wear;
    return { tool, replacedSeen, feed, wear: after, power: 0, edge: 0 };
  }
  const after = toolWear(p, wear, taylorPerH(p, u, rpm, feed), dtS);
  const kc = p['cut.kc']! * (1 + (p['cut.kcWear']! * (wear + after)) / 2);
  const omega = rpm * rad;
  const most = p['spindle.currentMax']! * p['spindle.kt']! * omega;
  const power = Math.min(most, (kc * depth * width * feed) / 60_000);
  const edge = Math.abs(power / omega) / Math.max(5e-5, u['tool.diameter']! / 2000);
  return { tool, replacedSeen, feed, wear: after, power, edge };
}

const drag = (p: Named, omega: number) =>
  (p['spindle.dragCoulomb']! * omega) / Math.sqrt(omega * omega + 1) + p['spindle.dragViscous']! * omega;

function squareCurrent(p: Named, torque: number): number {
  const square = (torque / p['spindle.kt']!) ** 2 + p['spindle.magnetising']! ** 2;
  return Math.min(p['spindle.currentMax']! ** 2, square);
}

function driveSpindle(p: Named, on: boolean, spindle: Turning, power: number, dtS: number) {
  if (!spindle.turns || !on) return { torque: 0, square: 0, meanSquare: 0 };
  const omega = spindle.rpm * rad;
  const change = (p['spindle.inertia']! * (spindle.rpm - spindle.before) * rad) / dtS;
  const beside = change + (power > 0 ? power / omega : 0);
  const torque = beside + drag(p, omega);
  return {
    torque,
    square: squareCurrent(p, torque),
    meanSquare: squareCurrent(p, beside + drag(p, spindle.meanOmega)),
  };
}

function axisCurrent(p: Named, axis: string, before: number, v: number, push: number, dtS: number): number {
  if (Math.abs(v) < 1e-5 && Math.abs(before) < 1e-5) return 0;
  const of = (name: string) => p[`axis.${axis}.${name}`]!;
  const side = v / Math.sqrt(v * v + 1e-6);
  const friction = of('viscous') * v + of('coulomb') * (side + of('asymmetry') * side * side);
  const force = (of('mass') * (v - before)) / dtS + friction + of('gravity') + push * v;
  return Math.abs((force * of('lever')) / (of('gear') * of('efficiency'))) / of('kt');
}

function axisPower(p: Named, axis: string, v: number, current: number): number {
  const of = (name: string) => p[`axis.${axis}.${name}`]!;
  const turning = (Math.abs(v) * of('gear')) / of('lever');
  return current * Math.min(p['supply.voltage']!, of('resistance') * current + of('kt') * turning);
}

function warm(
  p: Named,
  state: PlainState,
  u: Named,
  spindle: Turning,
  square: number,
  cut: { power: number; edge: number },
  dtS: number,
) {
  const omega = Math.abs(spindle.meanOmega);
  const rpm = omega / rad;
  const speed = Math.max(1, rpm / p['wear.load.speed']!);
  const current = square / p['wear.load.current']! ** 2;
  const spindlePerH =
    p['wear.spindle.base']! * p['wear.spindle.factor']! * Math.max(1, current ** 1.5) * speed;
  const load =
    (p['wear.bearing.preload']! + p['wear.bearing.share']! * cut.edge) / p['wear.bearing.capacity']!;
  const damage = (load ** p['wear.bearing.exponent']! * rpm * 60) / 1e6;
  const bearingPerH = (damage + p['wear.bearing.base']! * speed) * p['wear.bearing.factor']!;
  const hotter = (temp: number) => 2 ** (Math.max(0, temp - p['wear.load.temp']!) / p['wear.load.doubling']!);
  const network = networkOf(p, omega, square, drag(p, omega) * omega, cut.power, u['ambient.temp']!);
  const pieces = Math.min(64, Math.ceil(dtS / 2));
  const hours = dtS / pieces / 3600;
  let { temps } = state;
  const rpmEnd = Math.abs(spindle.rpm);
  const turned = rpmEnd >= 100 || (rpmEnd >= 10 && state.turned);
  const started = turned && !state.turned ? p['wear.spindle.factor']! / p['wear.spindle.starts']! : 0;
  let [spindleMore, bearingMore] = [started, 0];
  for (let i = 0; i < pieces; i++) {
    const { end, mean } = exact(network.matrix, network.source, temps, dtS / pieces);
    temps = end;
    spindleMore += spindlePerH * hotter(mean[0]) * hours;
    bearingMore += bearingPerH * hotter(mean[2]) * hours;
  }
  return {
    temps,
    turned,
    spindleWear: worn(state.spindleWear, spindle.turns ? spindleMore : 0),
    bearingWear: worn(state.bearingWear, spindle.turns ? bearingMore : 0),
  };
}

function behave(
  p: Named,
  state: PlainState,
  u: Named,
  moves: boolean,
  turns: boolean,
  cuts: boolean,
  dtS: number,
) {
  const on = u['machine.on']! >= 0.5;
  const quietS = moves || turns ? 0 : Math.min(1e6, state.quietS + dtS);
  const told = u['machine.running']!;
  const ran = on && (told >= 0 ? told >= 0.5 : turns || (state.ran && quietS < p['machine.quiet']!));
  const flags = (
    [
      ['off', !on],
      ['e-stop', u['machine.eStop']! >= 0.5],
      ['alarm', u['machine.alarm']! >= 0.5],
      ['held', u['machine.held']! >= 0.5],
      ['cutting', cuts],
      ['running', ran],
      ['jogging', moves],
    ] as const
  ).find(([, is]) => is);
  const behaviour = flags === undefined ? 'idle' : flags[0];
  const parts = u['machine.parts']!;
  const more = parts >= 0 && state.partsSeen >= 0 ? parts - state.partsSeen : 0;
  const counted = more > 0 && more <= 1000 ? more : 0;
  return {
    behaviour,
    ran,
    quietS,
    cycles: state.cycles + (parts >= 0 ? counted : state.ran && !ran ? 1 : 0),
    cuttingS: state.cuttingS + (behaviour === 'cutting' ? dtS : 0),
    runningS: state.runningS + (behaviour === 'cutting' || behaviour === 'running' ? dtS : 0),
    partsSeen: parts >= 0 ? parts : state.partsSeen,
  };
}
