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
}

/** Severity 0 to 1 by fault: physical faults grow and fade, electrical ones switch. */
export interface Faults {
  readonly active: Set<Fault>;
  readonly severity: Record<Fault, number>;
}

const growthTauS = 15;
const gradual: ReadonlySet<Fault> = new Set(['bearing', 'cooling']);

export function newFaults(): Faults {
  return {
    active: new Set(),
    severity: { bearing: 0, cooling: 0, 'dull-tool': 0, 'stuck-sensor': 0, silent: 0, spike: 0 },
  };
}

export function stepFaults(faults: Faults, dtS: number): void {
  for (const fault of faultNames) {
    const target = faults.active.has(fault) ? 1 : 0;
    const now = faults.severity[fault];
    if (now === target) continue;
    const next = gradual.has(fault) ? now + (target - now) * (1 - Math.exp(-dtS / growthTauS)) : target;
    faults.severity[fault] = Math.abs(target - next) < 1e-3 ? target : next;
  }
}
