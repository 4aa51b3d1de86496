// The parts: what the machine is told to make, as blocks of NC programmes. Data only.

export type Block =
  | { readonly kind: 'tool'; readonly tool: number; readonly seconds: number }
  | { readonly kind: 'spindle'; readonly rpm: number }
  | { readonly kind: 'at-speed' }
  | { readonly kind: 'rapid'; readonly to: Place }
  | {
      readonly kind: 'cut';
      readonly to: Place;
      /** Along the path, mm/min. */
      readonly feed: number;
      /** Axial and radial engagement, mm. */
      readonly depth: number;
      readonly width: number;
    }
  | { readonly kind: 'idle'; readonly seconds: number };

/** mm in machine coordinates; an axis that is not named stays. */
export interface Place {
  readonly x?: number;
  readonly y?: number;
  readonly z?: number;
}

export interface Programme {
  readonly name: string;
  readonly number: number;
  readonly blocks: readonly Block[];
}

const safeZ = 0;
/** Where the magazine is: tools are changed there. */
const changeZ = 180;

function tool(number: number, rpm: number): Block[] {
  return [
    { kind: 'rapid', to: { z: changeZ } },
    { kind: 'spindle', rpm: 0 },
    { kind: 'rapid', to: { x: 20, y: 20 } },
    { kind: 'at-speed' },
    { kind: 'tool', tool: number, seconds: 1.5 },
    { kind: 'spindle', rpm },
  ];
}

function cuts(feed: number, depth: number, width: number, places: readonly Place[]): Block[] {
  return places.map((to) => ({ kind: 'cut', to, feed, depth, width }));
}

/** Face, pocket, finish the contour, slot, and wait for the next blank: about a minute and a half. */
const bracketBlocks: readonly Block[] = [
  ...tool(1, 4000),
  { kind: 'rapid', to: { x: 100, y: 80 } },
  { kind: 'at-speed' },
  { kind: 'rapid', to: { z: -60 } },
  ...cuts(1000, 2, 14, [{ x: 190 }]),
  { kind: 'rapid', to: { y: 94 } },
  ...cuts(1000, 2, 14, [{ x: 100 }]),

  ...tool(2, 6000),
  { kind: 'rapid', to: { x: 120, y: 90 } },
  { kind: 'at-speed' },
  { kind: 'rapid', to: { z: -62 } },
  ...cuts(200, 1, 2, [{ z: -64 }]),
  ...cuts(1200, 4, 6, [{ x: 170 }, { y: 120 }, { x: 120 }, { y: 90 }]),

  ...tool(3, 8000),
  { kind: 'rapid', to: { x: 90, y: 70 } },
  { kind: 'at-speed' },
  { kind: 'rapid', to: { z: -68 } },
  ...cuts(2000, 8, 1.5, [{ x: 190 }, { y: 130 }, { x: 90 }, { y: 70 }]),

  ...tool(4, 3000),
  { kind: 'rapid', to: { x: 110, y: 100 } },
  { kind: 'at-speed' },
  { kind: 'rapid', to: { z: -61 } },
  ...cuts(600, 3, 8, [{ x: 160, y: 118 }]),

  { kind: 'rapid', to: { z: safeZ } },
  { kind: 'spindle', rpm: 0 },
  { kind: 'rapid', to: { x: 300, y: 180 } },
  { kind: 'at-speed' },
  { kind: 'idle', seconds: 4 },
];

export const bracket: Programme = { name: 'BRACKET-17', number: 17, blocks: bracketBlocks };

/** Eight corners of a circle, from its rightmost point and back to it. */
function round(centreX: number, centreY: number, radius: number): Place[] {
  return Array.from({ length: 8 }, (_, i) => {
    const angle = ((i + 1) / 8) * 2 * Math.PI;
    return { x: centreX + radius * Math.cos(angle), y: centreY + radius * Math.sin(angle) };
  });
}

/** Another part on the same machine: other speeds, feeds, engagements, places and directions. A good minute. */
const flangeBlocks: readonly Block[] = [
  ...tool(1, 5000),
  { kind: 'rapid', to: { x: 60, y: 40 } },
  { kind: 'at-speed' },
  { kind: 'rapid', to: { z: -45 } },
  ...cuts(1400, 1.5, 18, [{ x: 180, y: 100 }]),
  { kind: 'rapid', to: { z: -30 } },
  { kind: 'rapid', to: { x: 60, y: 58 } },
  { kind: 'rapid', to: { z: -45 } },
  ...cuts(1400, 1.5, 18, [{ x: 170, y: 130 }]),

  ...tool(2, 7000),
  { kind: 'rapid', to: { x: 150, y: 80 } },
  { kind: 'at-speed' },
  { kind: 'rapid', to: { z: -50 } },
  ...cuts(300, 1, 2, [{ z: -53 }]),
  ...cuts(1500, 3, 5, round(130, 80, 20)),

  ...tool(3, 8500),
  { kind: 'rapid', to: { x: 185, y: 80 } },
  { kind: 'at-speed' },
  { kind: 'rapid', to: { z: -55 } },
  ...cuts(2400, 10, 1, round(130, 80, 55)),

  ...tool(4, 3500),
  { kind: 'rapid', to: { x: 90, y: 60 } },
  { kind: 'at-speed' },
  { kind: 'rapid', to: { z: -48 } },
  ...cuts(500, 2, 10, [
    { x: 120, y: 90 },
    { x: 120, y: 60 },
  ]),

  { kind: 'rapid', to: { z: safeZ } },
  { kind: 'spindle', rpm: 0 },
  { kind: 'rapid', to: { x: 260, y: 160 } },
  { kind: 'at-speed' },
  { kind: 'idle', seconds: 6 },
];

export const flange: Programme = { name: 'FLANGE-08', number: 8, blocks: flangeBlocks };
