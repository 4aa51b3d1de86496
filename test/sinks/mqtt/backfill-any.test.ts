// Whatever happens to links, brokers, disks and processes, in any order: what the place in history has passed, the broker
// has. Asked at each move of it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHall, type Hall } from './hall.ts';

type Act = (hall: Hall) => void | Promise<void>;

const acts: Record<string, Act> = {
  run: (hall) => hall.run(1.3),
  down: (hall) => hall.bus.setLink('down'),
  up: (hall) => hall.bus.setLink('up'),
  jam: (hall) => {
    hall.bus.open = false;
  },
  some: (hall) => hall.bus.flow(7),
  flow: (hall) => {
    hall.bus.open = true;
    hall.bus.flow();
  },
  deny: (hall) => {
    hall.bus.refuse = '/backfill';
  },
  allow: (hall) => {
    hall.bus.refuse = undefined;
  },
  kill: (hall) => hall.kill(),
  away: (hall) => hall.kill(2),
  late: (hall) => {
    hall.weather.delayMs = 3000;
  },
  tardy: (hall) => {
    hall.weather.delayMs = 250;
  },
  ahead: (hall) => {
    hall.weather.delayMs = -1500;
  },
  prompt: (hall) => {
    hall.weather.delayMs = 0;
  },
  stall: (hall) => hall.skipTicks(7),
  full: (hall) => {
    hall.weather.storing = false;
  },
  room: (hall) => {
    hall.weather.storing = true;
  },
  deaf: (hall) => {
    hall.archive.broken = true;
  },
  hears: (hall) => {
    hall.archive.broken = false;
  },
};

async function play(names: readonly string[], hasty = false): Promise<{ hall: Hall; lost: number }> {
  const hall = createHall({ backfill: { samplesPerS: 2000, batchSamples: 30 } });
  let lost = 0;
  hall.bus.hasty = hasty;
  hall.archive.onCursor = (stream, position) => {
    if (stream === 'samples') lost += hall.missing(position).length;
  };
  await hall.bus.start();
  await hall.start();
  for (const name of names) {
    await acts[name]!(hall);
    await hall.run(0.3);
  }
  return { hall, lost };
}

/** All is well again, for long enough. */
async function settleDown(hall: Hall): Promise<void> {
  for (const name of ['allow', 'hears', 'room', 'prompt', 'flow']) await acts[name]!(hall);
  hall.bus.setLink('up');
  await hall.run(60);
}

const story = fc.array(fc.constantFrom('run', 'run', ...Object.keys(acts)), { minLength: 5, maxLength: 40 });

describe('any story', () => {
  test('never a place that says more than is true, and in the end all has arrived', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(story, async (names) => {
        const { hall, lost } = await play(names);
        expect(lost).toBe(0);
        await settleDown(hall);
        const place = hall.archive.cursors.get('mqtt/samples')!;
        expect(hall.nowMs - place).toBeLessThan(9000);
        expect(hall.missing(place)).toEqual([]);
        if (!names.includes('deny')) expect(disorder(hall)).toBe(0);
      }),
      { numRuns: Number(process.env['BACKFILL_STORIES'] ?? 40) },
    );
  });

  test('control: believed before it has anything, the broker lacks some of it', async () => {
    const { lost } = await play(
      ['run', 'down', 'run', 'jam', 'up', 'run', 'run', 'kill', 'flow', 'run', 'run'],
      true,
    );
    expect(lost).toBeGreaterThan(0);
  });
});

/** Within a connection; a denial in the middle of a row of messages is the one thing that turns them round. */
function disorder(hall: Hall): number {
  const told = hall.told();
  return told.filter(
    ({ seq, connection }, i) => connection === told[i - 1]?.connection && seq < told[i - 1]!.seq,
  ).length;
}
