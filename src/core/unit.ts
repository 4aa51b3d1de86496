// Units the gateway can convert: each is a scale and an offset to its dimension's base unit.

interface Unit {
  readonly dimension: string;
  readonly scale: number;
  readonly offset: number;
}

type Spec = number | readonly [scale: number, offset: number];

const dimensions: Readonly<Record<string, Readonly<Record<string, Spec>>>> = {
  current: { A: 1, mA: 1e-3 },
  voltage: { V: 1, mV: 1e-3, kV: 1e3 },
  power: { W: 1, kW: 1e3, mW: 1e-3 },
  energy: { J: 1, kJ: 1e3, Wh: 3600, kWh: 3.6e6 },
  temperature: {
    degC: 1,
    '°C': 1,
    C: 1,
    K: [1, -273.15],
    degF: [5 / 9, -160 / 9],
    '°F': [5 / 9, -160 / 9],
  },
  length: { m: 1, mm: 1e-3, um: 1e-6, µm: 1e-6, in: 0.0254 },
  velocity: { 'm/s': 1, 'mm/s': 1e-3, 'mm/min': 1e-3 / 60, 'm/min': 1 / 60, 'in/min': 0.0254 / 60 },
  acceleration: { 'm/s2': 1, 'm/s²': 1, g: 9.80665 },
  angle: { deg: 1, '°': 1, rad: 180 / Math.PI },
  rotation: { rpm: 1, Hz: 60, 'rad/s': 60 / (2 * Math.PI) },
  force: { N: 1, kN: 1e3 },
  torque: { Nm: 1, mNm: 1e-3 },
  pressure: { Pa: 1, kPa: 1e3, bar: 1e5, mbar: 100, psi: 6894.757293168 },
  ratio: { ratio: 1, '1': 1, '%': 1e-2 },
  time: { s: 1, ms: 1e-3, min: 60, h: 3600 },
  flow: { 'l/min': 1, 'm3/h': 1000 / 60 },
};

const table: ReadonlyMap<string, Unit> = new Map(
  Object.entries(dimensions).flatMap(([dimension, units]) =>
    Object.entries(units).map(([symbol, spec]): [string, Unit] => {
      const [scale, offset] = typeof spec === 'number' ? [spec, 0] : spec;
      return [symbol, { dimension, scale, offset }];
    }),
  ),
);

/** How a value in `from` becomes one in `to`: `value * scale + offset`; undefined when nothing relates them. */
export function convertUnit(from: string, to: string): { scale: number; offset: number } | undefined {
  if (from === to) return { scale: 1, offset: 0 };
  const a = table.get(from);
  const b = table.get(to);
  if (a === undefined || b === undefined || a.dimension !== b.dimension) return undefined;
  return { scale: a.scale / b.scale, offset: (a.offset - b.offset) / b.scale };
}

/** Every way a number of this unit could be mistaken: from it to its relatives, and from them to it. */
export function conversionsOf(unit: string): { scale: number; offset: number }[] {
  const own = table.get(unit);
  if (own === undefined) return [];
  const found = new Map<string, { scale: number; offset: number }>();
  for (const [symbol, other] of table) {
    if (other.dimension !== own.dimension) continue;
    for (const one of [convertUnit(unit, symbol)!, convertUnit(symbol, unit)!]) {
      if (Math.abs(one.scale - 1) > 1e-9 || Math.abs(one.offset) > 1e-9)
        found.set(`${one.scale.toPrecision(9)} ${one.offset.toPrecision(9)}`, one);
    }
  }
  return [...found.values()];
}

export function knownUnit(symbol: string): boolean {
  return table.has(symbol);
}
