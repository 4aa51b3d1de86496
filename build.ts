// The production bundle: src/main.ts and all it needs into dist/, so that a start reads a few files, not thousands.
// It must never hide a problem: an import that cannot be resolved stops it.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type LogLevel, type OutputChunk, type RolldownLog, type RolldownOutput } from 'rolldown';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');

// Left in node_modules: native code, files found beside the code, and what is optional and not installed.
const external = [
  /^better-sqlite3$/,
  /^classic-level$/,
  /^@serialport\/bindings-cpp$/,
  /^node-opcua-nodesets$/,
  /^proper-lockfile$/,
  /^pino-pretty$/,
  // Its worker is a file of its own.
  /^piscina$/,
];

/** Each runs on a thread of its own; whoever starts it names it by its file. */
const threadEntries = ['source-thread', 'history-writer-thread', 'history-reader-thread', 'lab-thread'];

const startMs = performance.now();
rmSync(dist, { recursive: true, force: true });
const bundle = await build({
  cwd: root,
  // What is started beside the program has a file of its own; the code they share is in the bundle once.
  input: {
    gemel: 'src/main.ts',
    ...Object.fromEntries(threadEntries.map((entry) => [entry, `src/${entry}.ts`])),
  },
  platform: 'node',
  external,
  plugins: [{ name: 'threads', transform: nameThreads }],
  onLog: stopAtProblems,
  output: {
    dir: dist,
    format: 'esm',
    sourcemap: true,
    // Names stay readable in a stack of a machine far away; white space and comments go.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  },
});
const chunks = bundle.output.filter((part): part is OutputChunk => part.type === 'chunk');
const packages = packagesIn(bundle);
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licences(packages));
report();

/** In the bundle the file of a thread is JavaScript. Its name is as long, so that the map stays right. */
function nameThreads(code: string) {
  let named = code;
  for (const entry of threadEntries) {
    const url = `new URL('./${entry}.ts', import.meta.url)`;
    named = named.replaceAll(url, url.replace('.ts', '.js'));
  }
  return named === code ? undefined : { code: named, map: null };
}

function stopAtProblems(level: LogLevel, log: RolldownLog): void {
  if (level === 'warn') throw new Error(`the bundle has a problem: ${log.message}`);
}

/** Folders of the packages whose code is in the bundle. */
function packagesIn({ output }: RolldownOutput): string[] {
  const modules = output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []));
  const folders = modules.flatMap((id) => /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

/** Their licences ask to travel with the code. */
function licences(folders: readonly string[]): string {
  return folders
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
      const text =
        file === undefined ? '(no licence file in the package)' : readFileSync(join(folder, file), 'utf8');
      return `${name} ${version} (${license ?? 'see below'})\n\n${text.trim()}\n`;
    })
    .join(`\n${'-'.repeat(100)}\n\n`);
}

function report(): void {
  for (const { fileName, code } of chunks) {
    process.stdout.write(`dist/${fileName}  ${(Buffer.byteLength(code) / 1024).toFixed(0)} kB\n`);
  }
  for (const file of ['gemel', ...threadEntries].map((entry) => `${entry}.js`)) {
    if (!existsSync(join(dist, file))) throw new Error(`dist/${file} was not made`);
  }
  for (const entry of threadEntries) {
    if (!chunks.some(({ code }) => code.includes(`./${entry}.js`)))
      throw new Error(`nothing in the bundle starts ${entry}.js`);
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  process.stdout.write(`${chunks.length} chunks with ${packages.length} packages in ${seconds} s\n`);
}
