// How much a source may bring, for the configuration of any of them: what is more is counted and left out, so
// that one source that goes wild does not take the others' place.
import { z } from 'zod';

export const limitsSchema = z
  .strictObject({
    samplesPerS: z
      .number()
      .positive()
      .default(400_000)
      .describe('Most samples a second; more are rejected and counted. Best a few times what you expect.'),
    burst: z
      .int()
      .min(1)
      .optional()
      .describe('So many may come at once, such as a backlog. Default: what comes in a second.'),
  })
  .prefault({})
  .describe('What one source may bring, so that others keep their place.');
