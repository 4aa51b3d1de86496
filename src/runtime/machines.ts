// From what the configuration says of a machine to what the core steps, and the wiring of tags to signals.
import { type Alignment, bindTag } from '../core/align.ts';
import type { MachineLayout } from '../core/frame.ts';
import type { AlignPolicy, Model, SignalSpec } from '../core/model.ts';
import type { TagSpec } from '../core/sample.ts';
import type { MachineSetup } from '../core/step.ts';
import { parametersOf } from '../core/twin.ts';
import { convertUnit } from '../core/unit.ts';
import type { Log } from '../ports.ts';

export interface SignalPlan {
  readonly source: string;
  readonly tag: string;
  readonly align: AlignPolicy | undefined;
  readonly staleMs: number;
  readonly missingMs: number;
  readonly sigma: number | undefined;
  readonly deadband: number | undefined;
}

export interface MachinePlan {
  readonly id: string;
  readonly model: Model;
  readonly lagMs: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly signals: ReadonlyMap<string, SignalPlan>;
}

/** The fastest signal a track holds whole over its lag. */
const samplesPerMs = 20;

/** Frames lie on the ticks, so the lag is rounded up to whole ones. */
export function setUpMachine(plan: MachinePlan, periodMs: number): MachineSetup {
  const { id, model, parameters } = plan;
  const lagMs = Math.ceil(plan.lagMs / periodMs) * periodMs;
  const samplesMax = powerOfTwo((lagMs + 2 * periodMs) * samplesPerMs);
  const signals = [...model.inputs, ...model.outputs].map((spec) =>
    detail(spec, plan.signals.get(spec.name)),
  );
  const layout: MachineLayout = { id, model, lagMs, signals, parameters: parametersOf(model, parameters) };
  const policies = signals.map(({ name, align }) => {
    const mapped = plan.signals.get(name);
    return mapped && { align, staleMs: mapped.staleMs, missingMs: mapped.missingMs, samplesMax };
  });
  return { layout, policies };
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}

/** What the model says of a signal, but for what the configuration says otherwise. */
function detail(spec: SignalSpec, plan: SignalPlan | undefined): SignalSpec {
  const { align, sigma, deadband } = plan ?? {};
  return {
    ...spec,
    ...(align !== undefined && { align }),
    ...(sigma !== undefined && { sigma }),
    ...(deadband !== undefined && { deadband }),
  };
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
