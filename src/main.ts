// argv in, exit code out. Commands live in cli/, one a file; each loads its own parts when it runs.
import { Command, CommanderError } from 'commander';
import { registerAlarms } from './cli/alarms.ts';
import { registerBackup } from './cli/backup.ts';
import { registerBrowse } from './cli/browse.ts';
import { registerCheck } from './cli/check.ts';
import { registerDemo } from './cli/demo.ts';
import { registerDetect } from './cli/detect.ts';
import { registerDoctor } from './cli/doctor.ts';
import { registerExport } from './cli/export.ts';
import { registerFit } from './cli/fit.ts';
import { registerForecast } from './cli/forecast.ts';
import { registerHistory } from './cli/history.ts';
import { registerImport } from './cli/import.ts';
import { registerInspect } from './cli/inspect.ts';
import { installation } from './cli/installation.ts';
import { registerMaintenance } from './cli/maintenance.ts';
import { registerParameters } from './cli/parameters.ts';
import { registerPassword } from './cli/password.ts';
import { registerPlant } from './cli/plant.ts';
import { registerReplay } from './cli/replay.ts';
import { registerRestore } from './cli/restore.ts';
import { registerRun } from './cli/run.ts';
import { registerSchema } from './cli/schema.ts';
import { registerTrust } from './cli/trust.ts';
import { registerVersion } from './cli/version.ts';
import { GemError } from './errors.ts';

const program = new Command('gemel')
  .description('An industrial edge gateway with a digital twin inside.')
  .version(installation().version, '-V, --version', 'print the version and end')
  .helpOption('-h, --help', 'print this help and end')
  .showSuggestionAfterError()
  .exitOverride()
  .addHelpText(
    'after',
    '\nExit codes: 0 fine, 1 failed, 2 usage or configuration.\nStart with `gemel demo`, then `gemel check gemel.yaml` and `gemel run gemel.yaml`.',
  );

registerRun(program);
registerDemo(program);
registerCheck(program);
registerBrowse(program);
registerSchema(program);
registerPlant(program);
registerReplay(program);
registerFit(program);
registerDetect(program);
registerAlarms(program);
registerForecast(program);
registerMaintenance(program);
registerHistory(program);
registerExport(program);
registerImport(program);
registerBackup(program);
registerRestore(program);
registerDoctor(program);
registerParameters(program);
registerInspect(program);
registerPassword(program);
registerTrust(program);
registerVersion(program);

// Somebody who looked at the first lines and left (`| head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = tell(error);
}

/** One clear text for a person, and the code for whoever started us. */
function tell(error: unknown): number {
  // commander has already said what was wrong with the words of the call.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const known =
    error instanceof GemError
      ? error
      : new GemError('GEM_INTERNAL', {
          why: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
  process.stderr.write(`gemel: ${shown(known.message)} [${known.code}]\n  ${shown(known.hint)}\n`);
  return known.row.exitCode;
}

/** Files and peers put words into messages; none of them is to move the cursor. */
function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (sign) => (sign === '\n' ? sign : '?'));
}
