// Parameter versions as text for people. Pure.
import type { MachineMemory } from '../runtime/twins/memory.ts';
import type { ParameterVersion } from '../runtime/twins/versions.ts';
import { digits, type KeptTwin } from './twin-files.ts';

export function machinesText(machines: readonly KeptTwin[]): string {
  return table([
    ['machine', 'model', 'version', 'since', 'why'],
    ...machines.map(({ memory, versions }) => {
      const newest = versions.at(-1);
      const since = newest === undefined ? '-' : time(newest.timeMs);
      return [
        memory.machine,
        memory.twin.model,
        String(newest?.version ?? '-'),
        since,
        newest ? reason(newest) : '-',
      ];
    }),
  ]);
}

const titles = ['version', 'since', 'why', 'error', 'learnt from'];

export function versionsText({ memory, versions }: KeptTwin): string {
  const { machine, twin } = memory;
  const rows = versions.map((one) => [
    String(one.version),
    time(one.timeMs),
    reason(one),
    errors(one),
    data(one),
  ]);
  const head = `${machine} (${twin.model} ${twin.modelVersion})\n\n`;
  if (rows.every((row) => row[3] === '')) return `${head}${table([titles, ...rows])}`;
  const foot = `\nErrors are RMS residuals over the trial, in sensor sigmas. \`gemel parameters ${machine} --show N\` has the values.\n`;
  return `${head}${table([titles, ...rows])}${foot}`;
}

export function setText({ memory }: KeptTwin, version: ParameterVersion): string {
  const { values, sigma } = version;
  const rows = Object.entries(values).map(([name, value]) => {
    const configured = memory.configured[name];
    const known = sigma[name] === undefined ? '' : `± ${digits(sigma[name])}`;
    const apart = configured === undefined || configured === value ? '' : change(configured, value);
    return [name, digits(value), known, configured === undefined ? '-' : digits(configured), apart];
  });
  const head = `${memory.machine}, version ${version.version}: ${reason(version)}, ${time(version.timeMs)}\n\n`;
  return `${head}${table([['parameter', 'value', 'sigma', 'configured', ''], ...rows])}`;
}

/** Only what the configuration does not say already. */
export function setYaml(
  machine: string,
  { version, values }: ParameterVersion,
  { configured }: MachineMemory,
): string {
  const lines = Object.entries(values).flatMap(([name, value]) =>
    configured[name] === value ? [] : [`      ${name}: ${Number(value.toPrecision(6))}`],
  );
  const body =
    lines.length === 0 ? '    parameters: {} # as configured' : `    parameters:\n${lines.join('\n')}`;
  return `# ${machine}, version ${version} of its parameters\nmachines:\n  ${machine}:\n${body}\n`;
}

function reason({ reason: why, group }: ParameterVersion): string {
  const words = why.replace('-', ' ');
  return group === '' ? words : `${words}: ${group}`;
}

function errors({ errorBefore, errorAfter }: ParameterVersion): string {
  return errorBefore === null || errorAfter === null ? '' : `${digits(errorBefore)} → ${digits(errorAfter)}`;
}

function data({ learnt }: ParameterVersion): string {
  return learnt === null ? '' : `${time(learnt.fromMs)} to ${time(learnt.toMs)}`;
}

function change(from: number, to: number): string {
  return from === 0 ? '' : `${to > from ? '+' : ''}${digits((to / from - 1) * 100)} %`;
}

function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
