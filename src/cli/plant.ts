// `gemel plant`: the stand-in machine shop in its own process, until it is told to stop.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { cncFaultAbout, cncFaultNames } from '../plant/cnc-fault.ts';
import { type FaultPlan, faultAbout, faultNames } from '../plant/fault.ts';
import type { Plant, PlantEvent, PlantOptions } from '../plant/shop.ts';
import type { AnyFault } from '../plant/trouble.ts';

const about: Readonly<Record<AnyFault, string>> = { ...faultAbout, ...cncFaultAbout };

const imuRates = ['100', '200', '250', '500', '1000'] as const;
type ImuRate = (typeof imuRates)[number];

interface PlantFlags {
  readonly broker: string;
  readonly opcuaPort: number;
  readonly machines: number;
  readonly seed: number;
  readonly stateDir: string;
  readonly speed: number;
  readonly imuPort?: number;
  readonly imuPty?: string;
  readonly imuRate: ImuRate;
  readonly fault?: AnyFault;
  readonly at: number;
  readonly for?: number;
  readonly severity: number;
  readonly json: boolean;
}

export function registerPlant(program: Command): void {
  program
    .command('plant')
    .description('run a stand-in machine shop: milling machines with MQTT ESP32s, an OPC UA CNC and an IMU')
    .addOption(
      new Option('--broker <url>', 'where the ESP32s publish; by the variable if it holds a password')
        .env('PLANT_BROKER')
        .argParser(brokerUrl)
        .default('mqtt://127.0.0.1:1883'),
    )
    .option(
      '--opcua-port <port>',
      'where the CNC listens, on loopback; 0 picks a free port',
      whole(0, 65_535),
      4840,
    )
    .option('--machines <count>', 'how many: mill-1, mill-2, …', whole(1, 64), 1)
    .option(
      '--seed <number>',
      'hidden parameters and noise; the same seed is the same shop',
      whole(0, 2 ** 31),
      1,
    )
    .option('--state-dir <dir>', 'where the CNC keeps its certificates', './state/plant')
    .option(
      '--speed <factor>',
      'physics per second, to see slow heat sooner; a whole number',
      whole(1, 100),
      1,
    )
    .option(
      '--imu-port <port>',
      'an IMU on the spindle head of mill-1: its serial line over TCP, on loopback; 0 picks a free port',
      whole(0, 65_535),
    )
    .option('--imu-pty <name>', 'its line on a pty of this name too, such as /tmp/imu; wants socat')
    .addOption(new Option('--imu-rate <hz>', 'its lines a second').choices(imuRates).default('500'))
    .addOption(new Option('--fault <name>', 'break something').choices([...faultNames, ...cncFaultNames]))
    .option('--at <seconds>', 'when, after the start', seconds, 0)
    .option('--for <seconds>', 'for how long; absent: until stopped', seconds)
    .option('--severity <share>', 'how far a fault of the machine goes, 0 to 1', share, 1)
    .option('--json', 'one JSON object a line', false)
    .addHelpText('after', faultHelp())
    .action(async (flags: PlantFlags) => runPlant(flags));
}

function faultHelp(): string {
  const rows = Object.entries(about).map(([name, what]) => `  ${name.padEnd(22)}${what}`);
  return [
    '',
    'Faults:',
    ...rows,
    '',
    'The IMU writes $IMU,ms,n,ax,ay,az,gx,gy,gz*hh (g, deg/s), to be calibrated:',
    '  gemel plant --imu-port 5331 --imu-pty /tmp/imu',
    'At run time: publish a name, or none, to shop/<machine>/plant/fault (not retained).',
    'Stops on SIGINT or SIGTERM. docs/plant.md describes topics, nodes and physics.',
  ].join('\n');
}

async function runPlant(flags: PlantFlags): Promise<void> {
  const { prepareStateDir } = await import('../runtime/state-dir.ts');
  prepareStateDir(flags.stateDir);
  // Listened for before anything starts, so that an early signal is not lost.
  const stopped = stopSignal();
  const { startPlant } = await import('../plant/shop.ts');
  const plant = await startPlant(plantOptions(flags)).catch((error: unknown) => {
    // Listening to the demo would keep this process alive, and the demo waits for its end.
    if (process.connected) process.disconnect();
    throw error;
  });
  await stopped;
  await stopPlant(plant);
}

function plantOptions(flags: PlantFlags): PlantOptions {
  const fault: FaultPlan | undefined =
    flags.fault === undefined
      ? undefined
      : {
          fault: flags.fault,
          atS: flags.at,
          forS: flags.for ?? Number.POSITIVE_INFINITY,
          severity: flags.severity,
        };
  return {
    broker: flags.broker,
    opcuaPort: flags.opcuaPort,
    machines: flags.machines,
    seed: flags.seed,
    stateDir: flags.stateDir,
    speed: flags.speed,
    ...imuOptions(flags),
    ...(fault === undefined ? {} : { fault }),
    tell: (event) =>
      process.stdout.write(`${flags.json ? JSON.stringify(jsonLine(event)) : plainLine(event)}\n`),
  };
}

/** A pty alone is enough to want one: its TCP port is then any. */
function imuOptions({ imuPort, imuPty, imuRate }: PlantFlags): Pick<PlantOptions, 'imu'> {
  if (imuPort === undefined && imuPty === undefined) return {};
  const pty = imuPty === undefined ? {} : { pty: imuPty };
  return { imu: { port: imuPort ?? 0, ratePerS: Number(imuRate), ...pty } };
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    // Started by the demo, with a channel to it: without the demo there is nobody to play for.
    process.once('disconnect', () => resolve());
  });
}

/** The OPC UA server keeps timers of its own for a while; the process does not wait for them. */
async function stopPlant(plant: Plant): Promise<void> {
  await plant.stop();
  process.exit(0);
}

function jsonLine(event: PlantEvent): object {
  switch (event.kind) {
    case 'esp32':
      return { ready: 'esp32', machine: event.machine, devices: event.devices };
    case 'opcua':
      return { ready: 'opcua', url: event.url };
    case 'broker-lost':
      return { lost: 'broker', why: event.why };
    case 'imu':
      return { ready: 'imu', url: event.url, pty: event.pty };
    case 'pty-lost':
      return { lost: 'pty', why: event.why };
    case 'faults':
      return { faults: event.active, machine: event.machine };
    case 'cnc-faults':
      return { faults: event.active, machine: 'cnc' };
  }
}

function plainLine(event: PlantEvent): string {
  switch (event.kind) {
    case 'esp32':
      return `plant: ${event.devices} ESP32s of ${event.machine} are connected`;
    case 'opcua':
      return `plant: the CNC listens at ${event.url}`;
    case 'broker-lost':
      return `plant: no broker (${event.why}); trying again every second`;
    case 'imu':
      return `plant: the IMU talks at ${event.url}${event.pty === undefined ? '' : ` and ${event.pty}`}`;
    case 'pty-lost':
      return `plant: the pty of the IMU is gone: ${event.why}`;
    case 'faults':
      return brokenLine(event.machine, event.active);
    case 'cnc-faults':
      return brokenLine('the CNC', event.active);
  }
}

function brokenLine(what: string, active: readonly AnyFault[]): string {
  const broken = active.map((fault) => `${fault} (${about[fault]})`).join(', ');
  return `plant: ${what} ${broken === '' ? 'is sound again' : `is broken: ${broken}`}`;
}

function brokerUrl(text: string): string {
  if (/^(mqtts?|wss?):\/\/[^\s/]+/.test(text)) return text;
  throw new InvalidArgumentError('expected mqtt://host:1883');
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
  };
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('expected seconds');
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('expected a number from 0 to 1');
}
