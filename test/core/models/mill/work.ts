// What a mill may be asked to do: any work within what such a machine does.
import fc from 'fast-check';

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** Inputs by name; the tool is never replaced. */
export const anyWork: fc.Arbitrary<Record<string, number>> = fc.record({
  'axis.x.velocity': between(-0.4, 0.4),
  'axis.y.velocity': between(-0.4, 0.4),
  'axis.z.velocity': between(-0.4, 0.4),
  'spindle.speed': fc.oneof(between(500, 12_000), fc.constant(0)),
  'cut.feed': between(100, 3000),
  'cut.depth': fc.oneof(between(0.2, 8), fc.constant(0)),
  'cut.width': between(0.5, 15),
  'ambient.temp': between(10, 40),
  'tool.number': fc.integer({ min: -1, max: 30 }),
  'tool.diameter': between(4, 40),
  'tool.teeth': fc.integer({ min: 1, max: 8 }),
});

/** As long as a tick may be: from a millisecond to minutes. */
export const anyDt = fc.oneof(between(0.001, 1), between(1, 600), fc.constantFrom(0.1, 60));
