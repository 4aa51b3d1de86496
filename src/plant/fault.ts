// What can be broken on purpose, when, and how far it has gone. A fault changes causes, never readings of
// things it does not touch.

import type { CncFault } from './cnc-fault.ts';

export const faultNames = ['bearing', 'cooling', 'dull-tool', 'stuck-sensor', 'silent', 'spike'] as const;
export type Fault = (typeof faultNames)[number];

export function isFault(name: string): name is Fault {
  return (faultNames as readonly string[]).includes(name);
}

/** What each one does, for `--help` and the documentation. */
export const faultAbout: Readonly<Record<Fault, string>> = {
  bearing: 'spindle bearing friction rises, with heat and vibration',
  cooling: 'the coolant pump fails and heat stays in the machine',
  'dull-tool': 'cutting takes far more force',
  'stuck-sensor': 'the winding temperature reads the same for ever',
  silent: 'the thermal ESP32 stops talking',
  spike: 'the spindle current sensor spikes',
};

export interface FaultPlan {
  readonly fault: Fault | CncFault;
  readonly atS: number;
  /** Infinity: until cleared. */
  readonly forS: number;
  /** How far a physical fault goes, up to 1. */
  readonly severity: number;
}

/** Severity 0 to 1 by fault: physical faults grow and fade, electrical ones switch. */
export interface Faults {
  readonly active: Set<Fault>;
  /** How far each goes while it is active. */
  readonly limit: Record<Fault, number>;
  readonly severity: Record<Fault, number>;
}

/** A bearing goes in a quarter of a minute, a pump stops in a second; what is electrical switches. */
const growthTauS: Partial<Record<Fault, number>> = { bearing: 15, cooling: 1 };

export function newFaults(): Faults {
  return { active: new Set(), limit: each(1), severity: each(0) };
}

function each(value: number): Record<Fault, number> {
  return Object.fromEntries(faultNames.map((fault) => [fault, value])) as Record<Fault, number>;
}

export function stepFaults(faults: Faults, dtS: number): void {
  for (const fault of faultNames) {
    const target = faults.active.has(fault) ? faults.limit[fault] : 0;
    const now = faults.severity[fault];
    if (now === target) continue;
    const tauS = growthTauS[fault];
    const next = tauS === undefined ? target : now + (target - now) * (1 - Math.exp(-dtS / tauS));
    faults.severity[fault] = Math.abs(target - next) < 1e-3 ? target : next;
  }
}
