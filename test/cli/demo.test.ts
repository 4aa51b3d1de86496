import { existsSync, readFileSync } from 'node:fs';
import mqtt from 'mqtt';
import { expect, it } from 'vitest';
import { gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { tempDir } from '../ports.ts';

function alive(pid: number): boolean {
  // A child that nobody has waited for yet is a zombie, and as good as gone.
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

it('the demo brings up broker, shop and twin, says where to look, and leaves nothing behind', async () => {
  const dir = await tempDir();
  const demo = gemel(['demo', '--plain', '--free-ports'], { env: { GEMEL_STATE_DIR: dir.path } });
  try {
    await demo.said(/first frame after \d+ ms/);
    await demo.said(/metrics +http:\/\/127\.0\.0\.1:\d+\/metrics/);
    const subscribe = /-p (\d+) -t 'gemel\/demo\/#'/;
    await demo.said(subscribe);
    const port = Number(subscribe.exec(demo.out())![1]);
    const scada = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
    const frames: {
      tick: number;
      mode: string;
      signals: Record<string, { value: number | null; quality: string }>;
    }[] = [];
    scada.on('message', (_topic, payload) => frames.push(JSON.parse(payload.toString())));
    await scada.subscribeAsync('gemel/demo/mill-1/frame');
    // Spindle speed comes by OPC UA, spindle current by MQTT: with both, the whole path works.
    const good = (signal: string) => frames.at(-1)?.signals[signal]?.quality === 'good';
    const both = () => good('spindle.speed') && good('spindle.current');
    await poll('both ways in, and a twin that tracks', () => both() && frames.at(-1)!.mode === 'tracking');
    await scada.endAsync(true);
    const children = childrenOf(demo.child.pid!);
    expect(children.length).toBeGreaterThan(0);
    demo.kill('SIGTERM');
    expect(await demo.ended()).toBe(0);
    expect(demo.out()).toMatch(/\d+ ticks, \d+ missed, .* \d+ samples received/);
    await poll('the shop to end', () => children.every((pid) => !alive(pid)));
  } finally {
    demo.kill();
    await dir.remove();
  }
});
