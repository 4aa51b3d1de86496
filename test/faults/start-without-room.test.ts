// A gateway that is started on a full disk, as a service manager does after a power cut: with what the history has put by
// it starts; without it nothing that was kept is taken for damaged.
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { freePort, tempDir } from '../ports.ts';
import { canMount, smallDisk } from './small-disk.ts';

function configuration(port: number, stateDir: string): string {
  return `version: 1
site: test
stateDir: ${stateDir}
broker: { port: ${port} }
metrics: { enabled: false }
sources:
  shop: { type: mqtt, topics: [{ topic: 'shop/{machine}/rpm', payload: number, tag: '{machine}/rpm' }] }
machines:
  mill-1: { model: mill, signals: { spindle.speed: shop/mill-1/rpm } }
`;
}

describe.skipIf(!canMount)('on a full disk (needs root)', () => {
  test('it starts by the reserve; without it, it says why and moves nothing aside', async () => {
    using disk = smallDisk(40);
    const dir = await tempDir();
    const file = join(dir.path, 'gemel.yaml');
    writeFileSync(file, configuration(await freePort(), disk.path));
    const run = () => gemel(['run', file], { cwd: dir.path, env: { GEMEL_HISTORY_BALLAST_MB: '4' } });
    const reserve = join(disk.path, 'history.ballast');
    let gateway = run();
    try {
      await gateway.said('first frame');
      await poll('the reserve', () => statSync(reserve, { throwIfNoEntry: false })?.size === 4e6);
      gateway.kill('SIGTERM');
      expect(await gateway.ended()).toBe(0);

      disk.fill();
      gateway = run();
      await gateway.said('first frame');
      gateway.kill('SIGTERM');
      expect(await gateway.ended()).toBe(0);

      rmSync(reserve, { force: true });
      disk.fill();
      gateway = run();
      expect(await gateway.ended()).toBe(1);
      expect(gateway.err()).toContain('No space left on device');
      expect(readdirSync(disk.path).filter((name) => name.includes('damaged'))).toEqual([]);
    } finally {
      gateway.kill();
      await dir.remove();
    }
  });
});
