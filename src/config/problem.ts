// One thing that is wrong with a configuration, and where. Never contains a secret.

export type Path = readonly (string | number)[];

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a value came from: a place in the file, an environment variable, a command line option. */
export type Place =
  | { readonly in: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly in: 'environment'; readonly variable: string }
  | { readonly in: 'option'; readonly option: string };

export interface Problem {
  readonly place: Place;
  /** Dotted, for programs; empty for the file as a whole. */
  readonly path: string;
  readonly text: string;
}

/** `gemel.yaml:14:5 unknown key …`, `environment GEMEL_X: …`, `option loop.periodMs: …`. */
export function formatProblem({ place, text }: Problem): string {
  switch (place.in) {
    case 'file':
      return `${place.file}:${place.line}:${place.column} ${text}`;
    case 'environment':
      return `environment ${place.variable}: ${text}`;
    case 'option':
      return text.startsWith(`${place.option}: `) ? `option ${text}` : `option ${place.option}: ${text}`;
  }
}

/** By position in the file, then the environment, then options; one place keeps its order; no repeats. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const once = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  return [...once.values()].sort((a, b) => {
    if (a.place.in === 'file' && b.place.in === 'file') {
      return a.place.line - b.place.line || a.place.column - b.place.column;
    }
    const byKind = order[a.place.in] - order[b.place.in];
    return byKind || (nameOf(a.place) < nameOf(b.place) ? -1 : 1);
  });
}

function nameOf(place: Place): string {
  return place.in === 'environment' ? place.variable : place.in === 'option' ? place.option : '';
}

const order = { file: 0, environment: 1, option: 2 };

/** `machines.mill-1.signals["spindle.current"].tag`: keys with dots are quoted, so that it reads one way. */
export function dotted(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (/^[\w-]+$/.test(key)) return text === '' ? key : `${text}.${key}`;
    return `${text}["${key}"]`;
  }, '');
}

export function pathKey(path: Path): string {
  return JSON.stringify(path.map(String));
}
