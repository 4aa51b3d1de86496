// What the control shows of tool and programme is what the machine has in it, and a fault goes as far as it is told.
import { expect, test } from 'vitest';
import { newPanel } from '../../src/plant/panel.ts';
import { bracket, flange } from '../../src/plant/programme.ts';
import { magazine } from '../../src/plant/tool.ts';
import { newTruth, stepTruth, type Truth } from '../../src/plant/truth.ts';

function run(truth: Truth, seconds: number, each: () => void = () => {}): void {
  for (let i = 0; i < seconds * 1000; i++) {
    stepTruth(truth);
    each();
  }
}

function reader(truth: Truth): (path: string) => unknown {
  const panel = new Map(newPanel(truth, '1').map((node) => [node.path, node]));
  return (path) => panel.get(path)!.read();
}

test('the tool table is that of the tool in the spindle, for each of the four', () => {
  const truth = newTruth('1/mill-1');
  const read = reader(truth);
  const seen = new Set<string>();
  run(truth, 100, () => seen.add([read('Tool.Number'), read('Tool.Diameter'), read('Tool.Teeth')].join(' ')));
  expect([...seen].sort()).toEqual(
    magazine.map(({ number, radiusM, teeth }) => `${number} ${2000 * radiusM} ${teeth}`),
  );
});

test('a worn edge is replaced, counted once, and new', () => {
  const truth = newTruth('1/mill-1');
  const read = reader(truth);
  truth.cut.wear[0] = 0.9999;
  expect(read('Tool.Replaced')).toBe(0);
  run(truth, 40);
  expect(read('Tool.Replaced')).toBe(1);
  expect(truth.cut.wear[0]).toBeLessThan(0.1);
});

test('edges last longer at a lower cutting speed', () => {
  const truth = newTruth('1/mill-1');
  truth.cut.wear.fill(0.3);
  let cutS = [0, 0, 0, 0];
  run(truth, 110, () => {
    const { tool } = truth.controller;
    if (truth.cut.torqueNm > 0) cutS = cutS.map((seconds, i) => (i === tool - 1 ? seconds + 0.001 : seconds));
  });
  const rate = truth.cut.wear.map((wear, i) => (wear - 0.3) / cutS[i]!);
  // T1 cuts at 500 m/min, T4 at 94.
  expect(rate[0]! / rate[3]!).toBeGreaterThan(10);
});

test('another programme begins with the next part', () => {
  const truth = newTruth('1/mill-1');
  const read = reader(truth);
  truth.controller.next = flange;
  run(truth, 20);
  expect([read('Channel.Programme'), read('Channel.ProgrammeNumber')]).toEqual([
    bracket.name,
    bracket.number,
  ]);
  run(truth, 90);
  expect([read('Channel.Programme'), read('Channel.ProgrammeNumber')]).toEqual([flange.name, flange.number]);
  expect(read('Channel.Parts')).toBe(1);
  run(truth, 120);
  expect(read('Channel.Parts')).toBeGreaterThan(1);
});

test('the spindle is never overloaded by either part', () => {
  for (const programme of [bracket, flange]) {
    const truth = newTruth('2/mill-1', 8 * 3600, programme);
    let mostNm = 0;
    run(truth, 120, () => {
      mostNm = Math.max(mostNm, Math.abs(truth.spindle.torqueNm));
    });
    expect(mostNm).toBeLessThan(4);
    expect(truth.controller.parts).toBeGreaterThanOrEqual(1);
  }
});

test.each([
  ['bearing', 2 / 3, 60, 2 / 3],
  ['cooling', 0.5, 10, 0.5],
  ['dull-tool', 0.25, 0.01, 0.25],
] as const)('%s goes as far as its severity says', (fault, limit, afterS, severity) => {
  const truth = newTruth('1/mill-1');
  truth.faults.limit[fault] = limit;
  truth.faults.active.add(fault);
  run(truth, afterS + 60);
  expect(truth.faults.severity[fault]).toBeCloseTo(severity, 6);
  truth.faults.active.clear();
  run(truth, 150);
  expect(truth.faults.severity[fault]).toBe(0);
});

test('two thirds of the bearing fault double the friction of the bearing', () => {
  const [sound, broken] = [newTruth('1/mill-1'), newTruth('1/mill-1')];
  broken.faults.limit.bearing = 2 / 3;
  broken.faults.active.add('bearing');
  broken.faults.severity.bearing = 2 / 3;
  const dragWithout = (truth: Truth) => {
    const { radPerS, dragNm } = truth.spindle;
    return dragNm - truth.hidden.spindle.windageNms2PerRad2 * radPerS ** 2;
  };
  const ratios: number[] = [];
  for (let i = 0; i < 8000; i++) {
    stepTruth(sound);
    stepTruth(broken);
    if (sound.spindle.radPerS > 300) ratios.push(dragWithout(broken) / dragWithout(sound));
  }
  expect(ratios.length).toBeGreaterThan(1000);
  for (const ratio of ratios) expect(Math.abs(ratio / 2 - 1)).toBeLessThan(0.05);
});
