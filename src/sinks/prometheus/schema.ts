// Configuration of the metrics endpoint.
import { z } from 'zod';

export const prometheusSinkSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Serve /metrics.'),
  host: z.string().default('127.0.0.1').describe('Address to listen on; loopback unless you say otherwise.'),
  port: z.int().min(0).max(65_535).default(9464).describe('Port of /metrics; 0 picks a free one.'),
  allowInsecure: z.boolean().default(false).describe('Allow plain HTTP beyond loopback. Logged loudly.'),
});

export type PrometheusSinkConfig = z.infer<typeof prometheusSinkSchema>;

/** What it listens on, for the checks across parts. */
export function metricsListens(config: PrometheusSinkConfig): { key: string; host: string; port: number }[] {
  return config.enabled ? [{ key: 'port', host: config.host, port: config.port }] : [];
}

/** Readable by other machines without anyone having said that it may be. */
export function metricsExposed({ enabled, host, allowInsecure }: PrometheusSinkConfig): boolean {
  const loopback = host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
  return enabled && !loopback && !allowInsecure;
}
