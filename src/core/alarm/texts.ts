// What an alarm says: templates in English by the kind of its condition, and the numbers that go into them. A template
// never says a number that is not known.
import type { Condition } from '../finding.ts';

/** What may stand in braces. */
export const placeholders = {
  signal: 'the signal that contributes most',
  signals: 'all signals it is about, the weightiest first',
  machine: 'the machine',
  value: 'the number it is about',
  bound: 'the bound that was passed',
  unit: 'the unit of both',
  level: '"warning" or "trip"',
  forS: 'for how many seconds it has lasted',
  mode: 'what the machine does',
  score: 'how unusual it is, 0 to 1',
  count: 'how often it has come since it was raised',
} as const;

export type Placeholder = keyof typeof placeholders;
export type TextValues = Readonly<Record<Placeholder, string>>;

interface Words {
  readonly text: string;
  readonly action: string;
}

const words: Readonly<Record<Condition['detector'], Words>> = {
  limits: {
    text: '{signal} is {value} {unit}, beyond its {level} limit of {bound} {unit}',
    action: 'Take load off the machine and look for the cause.',
  },
  rate: {
    text: '{signal} changes by {value} {unit}, faster than {bound} {unit}',
    action: 'Look at what {signal} measures; if it is steady there, look at the sensor and its cable.',
  },
  cusum: {
    text: '{signal} has moved away from what the twin says and stays there',
    action: 'Look whether the machine works harder than it should: friction, cooling, a worn part.',
  },
  'robust-z': {
    text: '{signal} is far from what is usual in this mode',
    action: 'Look at the machine; if it runs as ever, look at the sensor of {signal}.',
  },
  ewma: {
    text: '{signal} drifts away from what is usual in this mode',
    action: 'Compare with the days before (gemel history) and look at the part and at its sensor.',
  },
  'change-point': {
    text: '{signal} has changed its level',
    action: 'Ask what was changed at the machine; if nothing was, look at the part and at its sensor.',
  },
  stuck: {
    text: '{signal} does not move any more',
    action: 'Look at the sensor of {signal} and at what reads it.',
  },
  silent: {
    text: 'nothing comes of {signal}',
    action: 'Look at the cable, the power and the network of what sends {signal}.',
  },
  pca: {
    text: 'the signals of {machine} do not fit together as usual, most of all {signal}',
    action: 'Look at {signal} and at what belongs to it.',
  },
  forest: {
    text: '{machine} is in a state that has not been seen before, most of all in {signal}',
    action: 'Look at {signal} and at what belongs to it.',
  },
  spectrum: {
    text: '{signal} vibrates as a damaged bearing does: {value} {unit} (usual: up to {bound} {unit})',
    action: 'Have the bearing inspected soon; listen to it and look at its lubrication.',
  },
  link: {
    text: 'the source of {signals} is away',
    action: 'Look at the network, at the power of the device and at its settings.',
  },
  divergence: {
    text: '{machine} no longer does what its twin says, most of all in {signal}',
    action: 'Look at what was changed at the machine; the twin learns anew by itself where it may.',
  },
  ensemble: {
    text: 'several detectors agree that {signal} is not as usual',
    action: 'Look at {signal} and at what belongs to it.',
  },
};

export function textOf({ text, detector }: Pick<Condition, 'text' | 'detector'>): string {
  return text === '' ? words[detector].text : text;
}

export function actionOf({ action, detector }: Pick<Condition, 'action' | 'detector'>): string {
  return action === undefined || action === '' ? words[detector].action : action;
}

const braces = /\{([^{}]*)\}/g;

export function render(template: string, values: TextValues): string {
  const text = template.replace(braces, (whole, name: string) =>
    isPlaceholder(name) ? values[name] : whole,
  );
  // A signal without a unit leaves no gap before what follows it.
  return text
    .replace(/ {2,}/g, ' ')
    .replace(/ +([,.;:)])/g, '$1')
    .trim();
}

/** What stands in braces and means nothing. */
export function unknownPlaceholders(template: string): string[] {
  return [...template.matchAll(braces)].map(([, name = '']) => name).filter((name) => !isPlaceholder(name));
}

function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(placeholders, name);
}

const signs: Readonly<Record<string, string>> = {
  degC: '°C',
  degF: '°F',
  deg: '°',
  um: 'µm',
  ratio: '',
  '1': '',
};

/** As people write units. */
export function unitText(unit: string): string {
  return signs[unit] ?? unit;
}

/** As people read numbers: four digits, and none of them behind a large one. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}
