// A gateway with one mill whose winding a test heats and cools over MQTT, and `gemel alarms` beside it.
import { join } from 'node:path';
import { Command } from 'commander';
import type { MqttClient } from 'mqtt';
import type { AlarmsConsole } from '../../src/cli/alarm-files.ts';
import { registerAlarms } from '../../src/cli/alarms.ts';
import type { Alarm } from '../../src/core/alarm.ts';
import { GemError } from '../../src/errors.ts';
import { cleanUp, peer, stateDir } from '../broker/fixture.ts';
import { freePort } from '../ports.ts';
import { launchText, type RunningGateway } from '../running-gateway.ts';

export const hot = 'spindle.windingTemp.limit';

/** Only the limits of its one measured output; the rest needs a whole machine. */
const config = (port: number, metricsPort: number) => `version: 1
site: test
broker: { port: ${port} }
metrics: { port: ${metricsPort} }
sources:
  shop:
    type: mqtt
    topics:
      - topic: shop/{machine}/heat
        payload: object
        time: { field: t, format: ms }
        fields: { winding: { tag: "{machine}/winding", unit: degC } }
machines:
  mill-1:
    model: mill
    lagMs: 100
    signals: { spindle.windingTemp: shop/mill-1/winding }
    detection:
      off: [silent, stuck, link, cusum, robust-z, divergence, ensemble]
    alarms:
      shelveMaxH: 4
      conditions:
        "spindle.*": { onDelayS: 0.2, offDelayS: 0.5 }
`;

export interface AlarmHall {
  readonly dir: string;
  readonly port: number;
  /** What its sensor says from now on; NaN: nothing. */
  heat(degC: number): void;
  start(): Promise<RunningGateway>;
  /** `gemel alarms` with these words. */
  call(...words: string[]): Promise<{ code: number; out: string; err: string }>;
  listed(): Promise<{ running: boolean; alarms: Alarm[] }>;
}

export async function alarmHall(): Promise<AlarmHall> {
  const dir = await stateDir();
  const [port, metricsPort] = [await freePort(), await freePort()];
  let degC = 25;
  let client: MqttClient | undefined;
  const timer = setInterval(() => {
    if (client?.connected !== true || Number.isNaN(degC)) return;
    client.publish(
      'shop/mill-1/heat',
      JSON.stringify({ t: Date.now(), winding: degC + Math.random() / 100 }),
    );
  }, 50);
  cleanUp(() => clearInterval(timer));
  const call = async (...words: string[]) => {
    let out = '';
    const to: AlarmsConsole = {
      ...{ env: {}, tell: () => {}, width: 120, nowMs: Date.now(), user: 'root' },
      print: (text) => (out += text),
    };
    const program = new Command().exitOverride();
    registerAlarms(program, () => to);
    try {
      await program.parseAsync(['alarms', ...words, '--state-dir', join(dir, 'state')], { from: 'user' });
    } catch (error) {
      if (error instanceof GemError) return { code: error.row.exitCode, out, err: error.message };
      throw error;
    }
    return { code: 0, out, err: '' };
  };
  return {
    ...{ dir, port, call },
    heat(next) {
      degC = next;
    },
    async start() {
      const gateway = await launchText(config(port, metricsPort), metricsPort, { dir });
      await gateway.said('first frame');
      client = await peer(port);
      return gateway;
    },
    async listed() {
      const { out, err } = await call('--all', '--json');
      if (err !== '') throw new Error(err);
      return JSON.parse(out) as { running: boolean; alarms: Alarm[] };
    },
  };
}
