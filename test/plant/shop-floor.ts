// Runs a machine of the plant without a network and keeps what its ESP32s sent.
import type { Fault } from '../../src/plant/fault.ts';
import type { Message } from '../../src/plant/link.ts';
import { type Machine, newMachine } from '../../src/plant/machine.ts';

export const startMs = Date.UTC(2026, 10, 20, 8);

export interface FloorOptions {
  readonly seed?: number;
  readonly fault?: Fault;
}

export function openMachine({ seed = 1, fault }: FloorOptions = {}): Machine {
  const machine = newMachine({ id: 'mill-1', seed, startMs, startDayTimeS: 8 * 3600, speed: 1 });
  if (fault !== undefined) machine.truth.faults.active.add(fault);
  return machine;
}

export function sentWithin(seconds: number, options: FloorOptions = {}): Message[] {
  const messages: Message[] = [];
  openMachine(options).advance(seconds * 1000, (message) => messages.push(message));
  return messages;
}

/** The payloads of one device, parsed, each once. */
export function payloadsOf<T>(messages: readonly Message[], device: string): T[] {
  const texts = new Set(
    messages.filter((message) => message.device === device).map(({ payload }) => payload),
  );
  return [...texts].map((text) => JSON.parse(text) as T);
}

export interface Drive {
  t: number;
  seq: number;
  unit: string;
  axis: { x: number; y: number; z: number };
  spindle: number;
  supply: number;
}

export interface Thermal {
  ts: number;
  seq: number;
  state: string;
  winding: number;
  housing: number;
  bearing: number;
  ambient: number;
}

export interface Vibration {
  t0: number;
  dt: number;
  seq: number;
  current_mean: number[];
  vibration_rms: number[];
  vibration_peak: number[];
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
