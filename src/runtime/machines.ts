// From what the configuration says of a machine to what the core steps, and the wiring of tags to signals.
import { type Alignment, bindTag } from '../core/align.ts';
import type { MachineLayout } from '../core/frame.ts';
import type { AlignPolicy, Model } from '../core/model.ts';
import type { TagSpec } from '../core/sample.ts';
import type { MachineSetup } from '../core/step.ts';
import { convertUnit } from '../core/unit.ts';
import type { Log } from '../ports.ts';

export interface SignalPlan {
  readonly source: string;
  readonly tag: string;
  readonly align: AlignPolicy | undefined;
  readonly staleMs: number;
  readonly missingMs: number;
  readonly sigma: number | undefined;
}

export interface MachinePlan {
  readonly id: string;
  readonly model: Model;
  readonly lagMs: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly signals: ReadonlyMap<string, SignalPlan>;
}

export function setUpMachine(plan: MachinePlan): MachineSetup {
  const { id, model, lagMs, parameters } = plan;
  const layout: MachineLayout = { id, model, lagMs, signals: [...model.inputs, ...model.outputs] };
  const policies = layout.signals.map((signal) => {
    const mapped = plan.signals.get(signal.name);
    if (mapped === undefined) return undefined;
    const { staleMs, missingMs } = mapped;
    return { align: mapped.align ?? signal.align, staleMs, missingMs };
  });
  const sigmas: Record<string, number> = {};
  for (const [name, { sigma }] of plan.signals) if (sigma !== undefined) sigmas[name] = sigma;
  return { layout, policies, parameters, sigmas };
}

/** Called once for each new tag; feeds its samples to the signals that want it. */
export type Binder = (source: string, tag: number, spec: TagSpec) => void;

export function createBinder(plans: readonly MachinePlan[], alignment: Alignment, log: Log): Binder {
  const wanted = new Map<string, { machine: number; signal: number; unit: string; name: string }[]>();
  for (const [machine, plan] of plans.entries()) {
    for (const [signal, spec] of [...plan.model.inputs, ...plan.model.outputs].entries()) {
      const mapped = plan.signals.get(spec.name);
      if (mapped === undefined) continue;
      const key = `${mapped.source}/${mapped.tag}`;
      const places = wanted.get(key) ?? [];
      places.push({ machine, signal, unit: spec.unit, name: `${plan.id}.${spec.name}` });
      wanted.set(key, places);
    }
  }
  return (source, tag, spec) => {
    for (const { machine, signal, unit, name } of wanted.get(`${source}/${spec.name}`) ?? []) {
      // A tag without a unit is taken to be in the signal's.
      const conversion = spec.unit === '' ? { scale: 1, offset: 0 } : convertUnit(spec.unit, unit);
      if (conversion === undefined) {
        log.error(
          { tag: `${source}/${spec.name}`, signal: name },
          `cannot turn ${spec.unit} into ${unit}; not fed`,
        );
        continue;
      }
      bindTag(alignment, { tag, machine, signal, ...conversion });
      log.info({ tag: `${source}/${spec.name}`, signal: name }, 'signal is fed');
    }
  };
}
