// What is broken in the shop now, and telling so. A fault of the CNC is one of the whole shop; the others are
// of a machine.
import { type CncFault, isCncFault } from './cnc-fault.ts';
import type { Fault, FaultPlan } from './fault.ts';
import type { Machine } from './machine.ts';

export type AnyFault = Fault | CncFault;

export type TroubleEvent =
  /** What is broken now; empty: sound. */
  | { readonly kind: 'faults'; readonly machine: string; readonly active: readonly Fault[] }
  | { readonly kind: 'cnc-faults'; readonly active: readonly CncFault[] };

export interface Trouble {
  readonly cnc: ReadonlySet<CncFault>;
  /** `none` mends everything; without a machine it is about all; without a severity it goes all the way. */
  readonly trigger: (fault: AnyFault | 'none', machine?: string, severity?: number) => void;
  /** Returns how to call it off. */
  plan(plan: FaultPlan): () => void;
}

export function newTrouble(
  machines: readonly Machine[],
  tell: (event: TroubleEvent) => void,
  onCnc: (faults: ReadonlySet<CncFault>) => void,
): Trouble {
  const cnc = new Set<CncFault>();

  const change = (fault: AnyFault, on: boolean, only?: string, severity = 1) => {
    if (isCncFault(fault)) {
      edit(cnc, fault, on);
      tell({ kind: 'cnc-faults', active: [...cnc] });
      onCnc(cnc);
      return;
    }
    for (const { id, truth } of machines) {
      if (only !== undefined && id !== only) continue;
      truth.faults.limit[fault] = severity;
      edit(truth.faults.active, fault, on);
      tell({ kind: 'faults', machine: id, active: [...truth.faults.active] });
    }
  };

  const mend = (only?: string) => {
    for (const { id, truth } of machines) {
      if (only !== undefined && id !== only) continue;
      truth.faults.active.clear();
      tell({ kind: 'faults', machine: id, active: [] });
    }
    if (cnc.size === 0) return;
    cnc.clear();
    tell({ kind: 'cnc-faults', active: [] });
    onCnc(cnc);
  };

  return {
    cnc,
    trigger(fault, machine, severity) {
      if (fault === 'none') mend(machine);
      else change(fault, true, machine, severity);
    },
    plan({ fault, atS, forS, severity }) {
      const timers = [setTimeout(change, atS * 1000, fault, true, undefined, severity)];
      if (Number.isFinite(forS)) timers.push(setTimeout(change, (atS + forS) * 1000, fault, false));
      return () => timers.forEach(clearTimeout);
    },
  };
}

function edit<T>(active: Set<T>, fault: T, on: boolean): void {
  if (on) active.add(fault);
  else active.delete(fault);
}
