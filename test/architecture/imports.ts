// Rules 1 to 5, the directions: which part of the house may know which other.
import { type Edge, edgesOf } from './edges.ts';
import { at, type Tree, type Violation } from './tree.ts';

/** The nouns of core that everybody speaks. */
const nouns = ['sample', 'quality', 'unit', 'frame', 'model', 'finding', 'alarm', 'forecast'].map(
  (noun) => `src/core/${noun}.ts`,
);
/** What the parts promise one another. */
const ports = ['src/ports.ts', 'src/ports/'];
const contracts = [...ports, 'src/errors.ts', ...nouns];

/** A protocol library and the parts that may speak it. */
const protocols: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(mqtt|mqtt-packet)$/, ['broker', 'sources/mqtt', 'sinks/mqtt', 'plant']],
  [/^(aedes.*|classic-level|ws)$/, ['broker', 'api', 'plant']],
  [/^node-opcua/, ['sources/opcua', 'sinks/opcua', 'plant']],
  [/^serialport$/, ['sources/serial', 'plant']],
  [/^prom-client$/, ['sinks/prometheus']],
  [/^better-sqlite3$/, ['history']],
];

interface Part {
  readonly name: string;
  /** Files it may import besides its own folder: whole paths, or folders ending in a slash. */
  readonly files: readonly string[];
  readonly packages: 'any' | readonly string[];
  readonly node: boolean;
}

const everything = ['src/'];
const core = ['src/core/'];

/** What puts the parts together: the gateway, the program, and what a thread beside it runs. */
const tops: ReadonlySet<string> = new Set([
  'src/gateway.ts',
  'src/gateway-history.ts',
  'src/gateway-forecast.ts',
  'src/main.ts',
  'src/source-thread.ts',
  'src/history-writer-thread.ts',
  'src/history-reader-thread.ts',
  'src/lab-thread.ts',
]);

/** Folders that put the parts together in another way than the gateway does. */
const compositions: ReadonlySet<string> = new Set(['cli', 'replay', 'fit', 'transfer', 'detect']);

/** The part a file belongs to; undefined is a folder the house does not have. */
function partOf(path: string): Part | undefined {
  const [, first = '', second = ''] = path.split('/');
  const adapter = (name: string): Part => ({ name, files: contracts, packages: 'any', node: true });
  if (path === 'src/ports.ts' || first === 'ports')
    return { name: 'ports.ts', files: [...ports, ...nouns], packages: [], node: false };
  if (path === 'src/errors.ts' || first === 'errors')
    return { name: 'errors.ts', files: ['src/errors/'], packages: [], node: false };
  if (tops.has(path) || compositions.has(first)) {
    return { name: 'top', files: everything, packages: 'any', node: true };
  }
  if (path === 'src/config/schema.ts')
    return { name: 'config/schema.ts', files: [], packages: ['zod'], node: false };
  if (first === 'sources' || first === 'sinks') {
    if (second.endsWith('.ts'))
      return { ...adapter(`${first}/index.ts`), files: [...contracts, `src/${first}/`] };
    const part = adapter(`${first}/${second}`);
    return first === 'sources' ? { ...part, files: [...contracts, 'src/formats/'] } : part;
  }
  switch (first) {
    case 'core':
      return { name: 'core', files: [], packages: [], node: false };
    case 'broker':
    case 'maintenance':
    case 'history':
      return adapter(first);
    case 'formats':
      return { name: 'formats', files: nouns, packages: ['zod'], node: true };
    case 'runtime':
      return {
        name: 'runtime',
        files: [...contracts, ...core, 'src/formats/standing.ts'],
        packages: ['pino', 'zod', 'piscina'],
        node: true,
      };
    case 'api':
      return { name: 'api', files: contracts, packages: 'any', node: true };
    case 'config':
      return {
        name: 'config',
        files: [...contracts, 'src/errors/', ...core, 'src/formats/'],
        packages: ['zod', 'yaml'],
        node: true,
      };
    case 'plant':
      return { name: 'plant', files: [...ports, 'src/errors.ts'], packages: 'any', node: true };
    case 'hmi':
      return { name: 'hmi', files: [], packages: 'any', node: false };
    default:
      return undefined;
  }
}

export function checkImports(tree: Tree): Violation[] {
  return edgesOf(tree).flatMap((edge) => {
    const part = partOf(edge.file.path);
    const complaint = part === undefined ? 'is in a folder the house does not have' : judge(edge, part);
    return complaint === undefined ? [] : [at(edge.file, edge.node, complaint)];
  });
}

function judge(edge: Edge, part: Part): string | undefined {
  const { target, kind } = edge;
  if (kind === 'computed') return 'imports a computed path, which nobody can check';
  if (kind === 'node') return part.node ? undefined : `${part.name} imports ${target}`;
  if (kind === 'package') return judgePackage(target, part);
  return mayImportFile(edge.file.path, target, part) ? undefined : `${part.name} imports ${target}`;
}

function judgePackage(target: string, part: Part): string | undefined {
  if (part.packages !== 'any' && !part.packages.includes(target)) return `${part.name} imports ${target}`;
  if (part.name === 'top') return undefined;
  const owners = protocols.find(([library]) => library.test(target))?.[1];
  return owners === undefined || owners.includes(part.name)
    ? undefined
    : `${part.name} imports ${target}, the protocol library of ${owners.join(', ')}`;
}

function mayImportFile(from: string, target: string, part: Part): boolean {
  if (part.name === 'config/schema.ts')
    return target.endsWith('/schema.ts') || target === 'src/config/machine.ts';
  if (part.name !== 'top' && !isRegistry(from) && isRegistry(target)) return false;
  const own = target.startsWith(`src/${part.name}/`);
  return (
    own ||
    part.files.some((allowed) => target === allowed || (allowed.endsWith('/') && target.startsWith(allowed)))
  );
}

function isRegistry(path: string): boolean {
  return path === 'src/sources/index.ts' || path === 'src/sinks/index.ts';
}

/** What ships must be in `dependencies`: a development tool is not there at run time. */
export function checkPackages(tree: Tree, dependencies: readonly string[]): Violation[] {
  return edgesOf(tree)
    .filter(({ kind, target }) => kind === 'package' && !dependencies.includes(target))
    .map(({ file, node, target }) => at(file, node, `imports ${target}, which is not in dependencies`));
}
