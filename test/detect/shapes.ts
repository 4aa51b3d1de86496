// What records look like when nothing is wrong: a course that could be known beforehand, and what chance adds to it.
// Knows nothing of what will look at it.
import type { Chance } from './chance.ts';

export const shapes = [
  'white',
  'wander',
  'seasonal',
  'trend',
  'bursts',
  'duty',
  'pulses',
  'quantised',
  'factors',
] as const;
export type Shape = (typeof shapes)[number];

export interface Course {
  readonly name: string;
  /** What repeats or is commanded. */
  readonly course: Float64Array;
  /** What chance adds. */
  readonly noise: Float64Array;
  /** Of the noise from row to row about its own slow ways. */
  readonly sigma: number;
  /** The finest step it is written in; 0: none. */
  readonly step: number;
}

type Make = (rows: number, chance: Chance) => Course[];

const one = (name: string, course: Float64Array, noise: Float64Array, sigma: number, step = 0): Course[] => [
  { name, course, noise, sigma, step },
];
const constant = (rows: number, value: number) => new Float64Array(rows).fill(value);
const white = (rows: number, sigma: number, chance: Chance) =>
  Float64Array.from({ length: rows }, () => sigma * chance.gauss());

function wander(rows: number, sigma: number, keeps: number, chance: Chance): Float64Array {
  const made = new Float64Array(rows);
  let value = 0;
  const fresh = sigma * Math.sqrt(1 - keeps * keeps);
  for (let i = 0; i < rows; i++) {
    value = keeps * value + fresh * chance.gauss();
    made[i] = value;
  }
  return made;
}

function seasonal(rows: number, chance: Chance): Course[] {
  const period = Math.round(chance.between(24, 100));
  const [swing, second, long] = [chance.between(3, 8), chance.between(0.5, 2), chance.between(0, 2)];
  const course = Float64Array.from({ length: rows }, (_, i) => {
    const angle = (2 * Math.PI * i) / period;
    return 50 + swing * Math.sin(angle) + second * Math.sin(2 * angle + 1) + long * Math.sin(angle / 7);
  });
  return one('load', course, white(rows, 1, chance), 1);
}

function trend(rows: number, chance: Chance): Course[] {
  const slope = chance.between(5, 40) / rows;
  const course = Float64Array.from({ length: rows }, (_, i) => 1000 + i * slope + Math.sin(i / 300));
  return one('level', course, white(rows, 0.5, chance), 0.5);
}

/** Requests a second: counts, with bursts that die away and are nothing wrong. */
function bursts(rows: number, chance: Chance): Course[] {
  const noise = new Float64Array(rows);
  let burst = 0;
  for (let i = 0; i < rows; i++) {
    burst *= 0.6;
    if (chance.next() < 0.02) burst += Math.exp(1 + 0.6 * chance.gauss());
    noise[i] = 1.5 * Math.abs(chance.gauss()) + burst;
  }
  return one('requests', constant(rows, 10), noise, 3, 0.01);
}

function duty(rows: number, chance: Chance): Course[] {
  const [on, off] = [Math.round(chance.between(15, 50)), Math.round(chance.between(15, 60))];
  const course = new Float64Array(rows);
  let [high, left] = [false, off];
  for (let i = 0; i < rows; i++) {
    if (--left <= 0) {
      high = !high;
      left = Math.round((high ? on : off) * chance.between(0.85, 1.15));
    }
    course[i] = high ? 8 : 1;
  }
  return one('current', course, white(rows, 0.2, chance), 0.2);
}

/** A beat, never quite as long as the one before. */
function pulses(rows: number, chance: Chance): Course[] {
  const period = chance.between(60, 140);
  const course = new Float64Array(rows);
  for (let start = 0; start < rows; start += period * (1 + 0.03 * chance.gauss())) {
    const height = 1 + 0.04 * chance.gauss();
    for (let k = 0; k < period && start + k < rows; k++) {
      const phase = k / period;
      const bump = (at: number, width: number, size: number) =>
        size * Math.exp(-(((phase - at) / width) ** 2));
      const beat =
        bump(0.2, 0.04, 0.15) + bump(0.4, 0.012, 1) - bump(0.43, 0.012, 0.25) + bump(0.65, 0.06, 0.3);
      course[Math.floor(start + k)] = height * beat;
    }
  }
  return one('lead', course, white(rows, 0.015, chance), 0.015);
}

function quantised(rows: number, chance: Chance): Course[] {
  const course = Float64Array.from(
    { length: rows },
    (_, i) => 60 + 4 * Math.sin(i / chance.between(199, 201)),
  );
  return one('temperature', course, wander(rows, 0.6, 0.95, chance), 0.2, 0.1);
}

/** Eight signals of one plant, moved by two things nobody sees. */
function factors(rows: number, chance: Chance): Course[] {
  const first = wander(rows, 1, 0.97, chance);
  const second = wander(rows, 1, 0.9, chance);
  const swing = Float64Array.from({ length: rows }, (_, i) => Math.sin((2 * Math.PI * i) / 180));
  return Array.from({ length: 8 }, (_, c): Course => {
    const [a, b, s] = [
      chance.between(-2, 2) + (c % 2 === 0 ? 1.5 : -1.5),
      chance.between(-1.5, 1.5),
      chance.between(0, 1),
    ];
    const course = Float64Array.from(
      { length: rows },
      (_, i) => 20 * (c + 1) + a * first[i]! + b * second[i]! + s * swing[i]!,
    );
    return { name: `s${c + 1}`, course, noise: white(rows, 0.4, chance), sigma: 0.4, step: 0 };
  });
}

const makers: Readonly<Record<Shape, Make>> = {
  white: (rows, chance) => one('value', constant(rows, 5), white(rows, 1, chance), 1),
  wander: (rows, chance) => one('value', constant(rows, -3), wander(rows, 2, 0.9, chance), 0.9),
  seasonal,
  trend,
  bursts,
  duty,
  pulses,
  quantised,
  factors,
};

export function makeShape(shape: Shape, rows: number, chance: Chance): Course[] {
  return makers[shape](rows, chance);
}
