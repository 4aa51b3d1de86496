// What upkeep has to tell people; whoever runs it decides where that goes.
export interface UpkeepNews {
  readonly kind:
    | 'reader-holds'
    | 'reader-gone'
    | 'ballast-given'
    | 'ballast-made'
    | 'squeezed'
    | 'damaged-row'
    | 'journal-left';
  readonly text: string;
  readonly details: Readonly<Record<string, number | string>>;
}

export type Tell = (news: UpkeepNews) => void;

export function mb(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
