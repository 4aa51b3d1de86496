// `gemel browse`: what an OPC UA server has, as a tree, as JSON, or as tags to paste. Needs no gateway, keeps to
// the same rules of trust as a source, and changes nothing on the server.
import { type Command, InvalidArgumentError } from 'commander';
import { GemError } from '../errors.ts';
import type { BrowsedNode } from './browse/node.ts';
import { newProgress, type Progress } from './browse/progress.ts';
import { type BrowseOptions, browseTarget } from './browse/target.ts';

const examples = `
Examples:
  gemel browse opc.tcp://192.168.1.20:4840                     the tree below Objects
  gemel browse opc.tcp://cnc:4840 --filter spindle             only what has "spindle" in its path or id
  gemel browse opc.tcp://cnc:4840 --path /Objects/Machine --yaml > tags.yaml
  gemel browse opc.tcp://cnc:4840 --node "nsu=urn:maker:cnc;s=Axis" --depth 2
  gemel browse opc.tcp://cnc:4840 --user operator              password in $OPCUA_PASSWORD
  gemel browse --config gemel.yaml --source cnc                as this source connects

A server that is seen for the first time is refused until its certificate is trusted: gemel trust says how.`;

export function registerBrowse(program: Command): void {
  program
    .command('browse')
    .description('show what an OPC UA server has: a tree with types, values and units, or tags to paste')
    .argument('[url]', 'opc.tcp://host:4840; with --config and --source not needed')
    .option('--node <id>', 'start at this node: "nsu=urn:…;s=Spindle" or "ns=2;i=1001" (default: Objects)')
    .option('--path <path>', 'start at this path of names as the tree shows them: "/Objects/Machine"')
    .option('--depth <levels>', 'levels below the start', whole(1, 100), 20)
    .option('--filter <text>', 'only nodes with this text in their path or id')
    .option('--max <nodes>', 'nodes to look at, at most', whole(1, 1_000_000), 5_000)
    .option('--yaml', 'print a tags: block, ready to paste')
    .option('--json', 'as JSON')
    .option('--policy <name>', 'security policy', 'Basic256Sha256')
    .option('--allow-deprecated', 'take Basic256 and Basic128Rsa15 too, which are broken')
    .option('--allow-none', 'connect without encryption: whoever is on the way can read and forge')
    .option('--user <name>', 'log in; the password comes by $OPCUA_PASSWORD')
    .option('--config <file>', 'take address, security and login from this configuration')
    .option('--source <name>', 'the source in it; not needed where there is one OPC UA source')
    .option(
      '--state-dir <folder>',
      'where certificates are kept (default: that of the configuration, or ./state)',
    )
    .addHelpText('after', examples)
    .action(async (url: string | undefined, options: BrowseOptions) => {
      const { stdout, stderr } = process;
      const style = {
        columns: stdout.isTTY === true ? stdout.columns || 80 : 0,
        colour: stdout.isTTY === true && !process.env['NO_COLOR'],
      };
      const progress = newProgress((text) => stderr.write(text), stderr.isTTY === true);
      const print = (text: string) => stdout.write(text);
      await runBrowse(url, options, { env: process.env, print, progress, style });
    });
}

export interface BrowseContext {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (text: string) => void;
  readonly progress: Progress;
  readonly style: { readonly columns: number; readonly colour: boolean };
}

export async function runBrowse(
  url: string | undefined,
  options: BrowseOptions,
  { env, print, progress, style }: BrowseContext,
): Promise<void> {
  if (options.node !== undefined && options.path !== undefined)
    throw new GemError('GEM_USAGE', { why: '--node and --path go one at a time' });
  if (options.yaml === true && options.json === true)
    throw new GemError('GEM_USAGE', { why: '--yaml and --json go one at a time' });
  const [{ look }, { filtered }] = await Promise.all([
    import('./browse/look.ts'),
    import('./browse/node.ts'),
  ]);
  const target = await browseTarget(url, options, env);
  const { root, seen } = await look(target, options, progress);
  const shown = options.filter === undefined ? root : filtered(root, options.filter);
  if (shown === undefined) {
    const why = `none of its ${seen} nodes has "${options.filter}" in its path or id`;
    throw new GemError('GEM_BROWSE_NOTHING', { url: target.config.url, why });
  }
  if (options.json === true) print((await import('./browse/json.ts')).nodesJson(shown));
  else if (options.yaml === true)
    print((await import('./browse/yaml.ts')).tagsYaml(shown, target.config.url));
  else print((await import('./browse/tree.ts')).treeText(shown, style));
  progress.end(summary(shown, seen));
}

function summary(root: BrowsedNode, seen: number): string {
  const cut = (node: BrowsedNode): boolean => node.tree.left === 'most' || node.children.some(cut);
  return cut(root) ? `stopped after ${seen} nodes; --max takes more` : '';
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
  };
}
