// What the bridge and the gateway behind it publish, as a test asks for it.
import { hear, peer } from '../broker/fixture.ts';
import { bodiesOf, lastOf } from './heard-json.ts';

export const root = 'shop/mill-1/linuxcnc';

export interface Signal {
  readonly value: number | null;
  readonly quality: string;
  readonly origin: string;
  readonly ageMs: number | null;
  readonly code?: string;
}

export interface Frame {
  readonly time: string;
  readonly signals: Record<string, Signal>;
}

export interface Motion {
  readonly t: number;
  readonly seq: number;
  readonly quality: string;
  readonly position: Record<Axis, number>;
  readonly velocity: Record<Axis, number>;
  readonly feed: number;
  readonly line: number;
  readonly spindle: { readonly commanded: number; readonly on: boolean };
}

export type Axis = 'x' | 'y' | 'z';

/** All that is published on a broker, by topic. */
export async function listen(port: number, login: { username?: string; password?: string } = {}) {
  const watcher = await peer(port, login);
  const heard = hear(watcher);
  await watcher.subscribeAsync('#', { qos: 1 });
  const all = <T>(topic: string) => bodiesOf<T>(heard, topic);
  const last = <T>(topic: string) => lastOf<T>(heard, topic);
  const frameTopic = 'gemel/hall-3/mill-1/frame';
  return {
    all,
    last,
    frames: () => all<Frame>(frameTopic),
    lastFrame: () => last<Frame>(frameTopic),
    motion: () => all<Motion>(`${root}/motion`),
    lastMotion: () => last<Motion>(`${root}/motion`),
    state: () => last<Record<string, unknown>>(`${root}/state`),
    status: () => last<{ state: string }>(`${root}/status`)?.state,
  };
}

export type Listener = Awaited<ReturnType<typeof listen>>;
