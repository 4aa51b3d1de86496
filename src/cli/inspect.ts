// `gemel inspect`: somebody has looked at a component, or put in a new one, and tells the twin.
import type { Command } from 'commander';
import type { WearSpec } from '../core/model.ts';
import { convertUnit } from '../core/unit.ts';
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import { grant, grantedJson, grantedText, readTwin, twinStateDir, type WhoseTwins } from './twin-files.ts';

interface InspectOptions extends WhoseTwins {
  readonly wear?: string;
  readonly flank?: string;
  readonly replaced?: boolean;
  readonly sigma?: string;
  readonly json?: boolean;
}

/** What a look is worth when nobody says: of an estimate by eye, and of a microscope. */
const sigmaByEye = 0.05;
const sigmaOfGauge = '10um';

const examples = `
Examples:
  gemel inspect mill-1 tool.3 --flank 180um              measured under the microscope, to about 10 um
  gemel inspect mill-1 tool.3 --flank 0.18mm --sigma 20um
  gemel inspect mill-1 bearing --wear 0.4                by vibration or by eye: 0 is new, 1 is worn out
  gemel inspect mill-1 bearing --wear 40% --sigma 10%
  gemel inspect mill-1 tool.3 --replaced                 a new one has been put in

What is measured is weighed against what the twin had worked out: the wear moves, and so does how fast it is taken to wear.`;

export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description('tell a twin how worn a component was found, or that it was replaced')
    .argument('<machine>', 'name of the machine in the configuration')
    .argument('<component>', 'bearing, spindle, tool.3 ...')
    .option('--wear <share>', 'wear as a share (0.4) or in percent (40%)')
    .option('--flank <length>', 'wear as a length (180um, 0.18mm), of a component that is gauged')
    .option('--replaced', 'it is new')
    .option(
      '--sigma <size>',
      `one standard deviation of the look (default: ${sigmaByEye}, of --flank ${sigmaOfGauge})`,
    )
    .option('--config <file>', 'configuration whose state directory is meant (default: as for `gemel run`)')
    .option('--state-dir <folder>', 'the state directory itself')
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(async (machine: string, component: string, options: InspectOptions) => {
      process.stdout.write(await inspect(machine, component, options));
    });
}

async function inspect(machine: string, component: string, options: InspectOptions): Promise<string> {
  const told = [options.wear, options.flank, options.replaced].filter((one) => one !== undefined).length;
  if (told !== 1) throw new GemError('GEM_USAGE', { why: 'say one of --wear, --flank and --replaced' });
  if (options.replaced === true && options.sigma !== undefined)
    throw new GemError('GEM_USAGE', { why: '--sigma goes with --wear or --flank: what is new is new' });
  const stateDir = await twinStateDir(options, process.env);
  const { memory } = await readTwin(stateDir, machine);
  const spec = await specOf(machine, memory.twin.model, component);
  const wish =
    options.replaced === true
      ? ({ kind: 'replaced', machine, component } as const)
      : ({ kind: 'inspected', machine, component, ...lookOf(spec, options) } as const);
  const granted = await grant(stateDir, wish);
  return options.json === true ? grantedJson(machine, granted) : grantedText(granted);
}

async function specOf(machine: string, model: string, component: string): Promise<WearSpec> {
  const { models } = await import('../core/models/index.ts');
  const all = models.get(model)?.wear ?? [];
  const spec = all.find((one) => one.component === component);
  if (spec !== undefined) return spec;
  const names = all.map((one) => one.component);
  const hint = didYouMean(component, names) || `; there is ${names.join(', ') || 'none that wears'}`;
  throw new GemError('GEM_USAGE', { why: `${machine} has no component "${component}"${hint}` });
}

function lookOf(spec: WearSpec, { wear, flank, sigma }: InspectOptions): { wear: number; sigma: number } {
  if (wear !== undefined) {
    return {
      wear: shareOf(wear, '--wear'),
      sigma: sigma === undefined ? sigmaByEye : positive(shareOf(sigma, '--sigma')),
    };
  }
  const { gauge } = spec;
  if (gauge === undefined) {
    throw new GemError('GEM_USAGE', { why: `${spec.component} is not gauged by a length: use --wear` });
  }
  const length = (text: string, option: string) => lengthOf(text, option, gauge.unit) / gauge.full;
  return { wear: length(flank!, '--flank'), sigma: positive(length(sigma ?? sigmaOfGauge, '--sigma')) };
}

function shareOf(text: string, option: string): number {
  const found = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text.trim());
  const share = Number(found?.[1]) / (found?.[2] === '%' ? 100 : 1);
  if (found !== null && share <= 1.5) return share;
  throw new GemError('GEM_USAGE', { why: `${option} ${text}: expected a share such as 0.4, or 40%` });
}

function lengthOf(text: string, option: string, unit: string): number {
  const found = /^(\d+(?:\.\d+)?|\.\d+)\s*(\p{L}+)$/u.exec(text.trim());
  const conversion = found === null ? undefined : convertUnit(micro(found[2]!), unit);
  if (found !== null && conversion !== undefined)
    return Number(found[1]) * conversion.scale + conversion.offset;
  throw new GemError('GEM_USAGE', { why: `${option} ${text}: expected a length such as 180um or 0.18mm` });
}

/** Keyboards have no micro sign, and Unicode has two. */
function micro(unit: string): string {
  return unit.replace(/^[u\u03bc](?=m$)/, '\u00b5');
}

function positive(sigma: number): number {
  if (sigma > 0) return sigma;
  throw new GemError('GEM_USAGE', { why: '--sigma must be above 0' });
}
