// Where it breaks: the rate is raised until something is lost, a tick is missed, or the load itself falls behind.
import { type Case, measure } from './ingest.ts';
import type { BenchResult } from './run.ts';

const rates = [100_000, 150_000, 200_000, 300_000, 400_000, 600_000, 800_000];
const seconds = 8;

const ways: readonly Omit<Case, 'rate'>[] = [
  { what: 'Mosquitto, QoS 0', external: true, clients: 10, qos: 0 },
  { what: 'embedded, QoS 0', external: false, clients: 10, qos: 0 },
  { what: 'embedded, QoS 1', external: false, clients: 10, qos: 1 },
];

export async function bench(): Promise<BenchResult> {
  const rows: string[][] = [];
  for (const way of ways) {
    for (const rate of rates) {
      const row = await measure({ ...way, rate }, seconds);
      const [, , sent, lost, , , missed] = row;
      const why =
        Number(sent) < 0.95 * rate
          ? 'the load falls behind'
          : Number(lost) > 0
            ? 'lost'
            : Number(missed) > 0
              ? 'late'
              : '';
      rows.push([...row, why]);
      process.stderr.write(`${rows.at(-1)!.join('  ')}\n`);
      if (why !== '') break;
    }
  }
  const head = [
    'way',
    'asked/s',
    'sent/s',
    'lost',
    'CPU/message',
    'tick p99',
    'ticks missed',
    'RSS',
    'breaks by',
  ];
  return { title: `Limit, ${seconds} s each`, head, rows };
}
