// `gemel fit`: parameters from data, with how sure they are. Alone with a file it lists what is in there.
import type { Command } from 'commander';
import { printable } from '../formats/excerpt.ts';
import { registerFitAxis } from './fit-axis.ts';
import { registerFitMachine } from './fit-machine.ts';
import { type DataFlags, readingOf, textOptions } from './fit-options.ts';
import { type FitConsole, processConsole } from './fit-output.ts';
import { registerFitThermal } from './fit-thermal.ts';
import { registerFitWear } from './fit-wear.ts';

const help = `
What can be fitted:
  gemel fit axis FILE      mass, friction and offset of an axis: motion, and force, torque or current
  gemel fit thermal FILE   resistances and capacities of 1 to 3 nodes: heat, and temperatures
  gemel fit wear FILE      how a tool wears: time of use, and measured wear
  gemel fit machine FILE   a group of parameters of a machine's own model: a recording, and a configuration

Each has its columns, units and examples in --help. Start with what is in the file:
  gemel fit data.csv
Exit codes: 0 fitted, 1 it cannot be fitted, 2 usage, configuration or columns.`;

export function registerFit(program: Command, to: () => FitConsole = processConsole): void {
  // Words behind what is fitted are for that. Both levels have to know: else `fit` takes --encoding from `fit thermal`.
  program.enablePositionalOptions();
  const fit = program
    .command('fit')
    .description('estimate parameters from recorded data, with 95 % intervals')
    .argument('[file]', 'list the columns of this file')
    .enablePositionalOptions();
  textOptions(fit)
    .addHelpText('after', help)
    .action((file: string | undefined, flags: DataFlags) => {
      if (file === undefined) fit.help({ error: true });
      else return listFile(file, flags, to());
      return undefined;
    });
  registerFitAxis(fit, to);
  registerFitThermal(fit, to);
  registerFitWear(fit, to);
  registerFitMachine(fit, to);
}

async function listFile(file: string, flags: DataFlags, to: FitConsole): Promise<void> {
  const [{ peek }, { listColumns }] = await Promise.all([
    import('../fit/peek.ts'),
    import('../fit/column-word.ts'),
  ]);
  const look = await peek(file, readingOf(flags));
  const signs: Readonly<Record<string, string>> = {
    ',': 'commas',
    ';': 'semicolons',
    '\t': 'tabs',
    '|': 'pipes',
    ' ': 'blanks',
  };
  const by = look.columns.length === 1 ? undefined : signs[look.delimiter];
  const divided = by === undefined ? '' : `, divided by ${by}`;
  const header = look.hasHeader ? '' : ', without a header: name columns by their number';
  const units = look.unitsRow ? ', units in the row below the header' : '';
  to.print(
    `${printable(look.file)}: ${look.columns.length} ${look.columns.length === 1 ? 'column' : 'columns'}${divided}${header}${units}\n${listColumns(look.columns)}\n`,
  );
}
