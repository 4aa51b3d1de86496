// The figures of an OPC UA server that is killed a hundred times, encrypted and in the open at once: each in processes
// of their own, which wait most of the time. OPCUA_KILLS sets the number.
import { expect, test } from 'vitest';
import { killServer, median } from '../sources/opcua/kills.ts';

const kills = Number(process.env['OPCUA_KILLS'] ?? 100);
const warm = Math.min(10, Math.floor(kills / 5));

test.concurrent.each([
  ['encrypted', true],
  ['in the open', false],
] as const)(
  `${kills} kills, %s: data within 5 s of the return, median under 1 s, memory + 20 MB at most`,
  { timeout: kills * 12_000 },
  async (name, encrypted) => {
    const fared = await killServer({ times: kills, warm, encrypted });
    const mb = ({ warm: from, end }: { warm: number; end: number }) =>
      `${from.toFixed(1)} -> ${end.toFixed(1)} MB`;
    process.stdout.write(
      `${kills} kills, ${name}: data back after median ${median(fared.backMs)} ms, max ${Math.max(...fared.backMs)} ms (${fared.slowest.join(', ')}); ` +
        `${fared.bad} gaps marked; ${fared.sessions} session; resident ${mb(fared.rssMb)}, heap ${mb(fared.heapMb)}\n`,
    );
    expect(fared.backMs).toHaveLength(kills);
    expect(Math.max(...fared.backMs)).toBeLessThan(5000);
    expect(median(fared.backMs)).toBeLessThan(1000);
    expect(fared.bad).toBe(kills);
    expect({ sessions: fared.sessions, subscriptions: fared.subscriptions }).toEqual({
      sessions: 1,
      subscriptions: 1,
    });
    expect(fared.rssMb.end - fared.rssMb.warm).toBeLessThan(20);
  },
);
