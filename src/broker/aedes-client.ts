// The few fields of aedes' client that the broker touches beyond its published types (aedes is pinned; a
// test fails when one of them goes).
import type { Aedes, Client } from 'aedes';

type WithKeepalive = { readonly _keepaliveTimer?: { refresh(): void } | null };

/** Messages that bypass aedes count as a sign of life too. */
export function refreshKeepalive(client: Client): void {
  (client as unknown as WithKeepalive)._keepaliveTimer?.refresh();
}

/** See FanOut.memory. */
export function setMemory(client: Client, memory: Record<string, number>): void {
  (client as unknown as { duplicates: Record<string, number> }).duplicates = memory;
}

/** Messages that are stored are numbered here, before aedes would. */
export function numbering(aedes: Aedes): { readonly id: string; counter: number } {
  return aedes as unknown as { readonly id: string; counter: number };
}

export function clientById(aedes: Aedes, id: string): Client | undefined {
  return (aedes as unknown as { clients: Record<string, Client | undefined> }).clients[id];
}
