// The part: what the machine is told to make, as blocks of an NC programme. Data and its checks only.

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

export const programmeName = 'BRACKET-17';

const safeZ = 0;

function tool(number: number, rpm: number): Block[] {
  return [
    { kind: 'rapid', to: { z: safeZ } },
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
export const bracket: readonly Block[] = [
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
