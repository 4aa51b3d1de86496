// Configuration of the forecast: how often, how far, how finely, and on how many threads.
import { z } from 'zod';

export const forecastSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Work out how likely each failure is, beside the ticks, of every machine.'),
  everyS: z
    .number()
    .min(10)
    .max(86_400)
    .default(60)
    .describe('How often, of each machine; the machines take turns.'),
  horizonH: z
    .number()
    .min(0.1)
    .max(8760)
    .default(24)
    .describe('The probability of a failure is that it comes within so many hours.'),
  particles: z
    .int()
    .min(100)
    .max(100_000)
    .default(1000)
    .describe(
      'Futures that are played through; four times as many halve the error, and take four times as long.',
    ),
  threads: z
    .int()
    .min(1)
    .max(16)
    .default(1)
    .describe('Threads of the lab, where that is done. They give way to all others.'),
});

export type ForecastConfig = z.infer<typeof forecastSchema>;
