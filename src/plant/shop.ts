// The shop: machines, their ESP32s and the CNC, kept at the pace of the wall clock. The only place of the
// plant with a timer and a calendar.
import { type Cnc, startCnc } from './cnc.ts';
import { type Esp32s, startEsp32s } from './esp32.ts';
import type { FaultPlan } from './fault.ts';
import { type Machine, newMachine } from './machine.ts';
import { newPanel } from './panel.ts';
import { type AnyFault, newTrouble, type TroubleEvent } from './trouble.ts';

const paceMs = 25;
const cncCycleMs = 50;
/** Behind by more (a suspended process), the time is skipped instead of made up. */
const catchUpMs = 2000;

export type PlantEvent =
  | { readonly kind: 'esp32'; readonly machine: string; readonly devices: number }
  | { readonly kind: 'opcua'; readonly url: string }
  | { readonly kind: 'broker-lost'; readonly why: string }
  | TroubleEvent;

export interface PlantOptions {
  /** mqtt://host:port */
  readonly broker: string;
  /** On loopback; 0 picks a free one. */
  readonly opcuaPort: number;
  readonly machines: number;
  readonly seed: number;
  /** Where the CNC keeps its certificates. */
  readonly stateDir: string;
  /** Physics per second, a whole number; 1 is real time. */
  readonly speed: number;
  readonly fault?: FaultPlan;
  tell(event: PlantEvent): void;
}

export interface Plant {
  readonly opcuaUrl: string;
  trigger(fault: AnyFault | 'none', machine?: string): void;
  stop(): Promise<void>;
}

/** Resolves when the CNC listens; the ESP32s talk long before, as soon as there is a broker. */
export async function startPlant(options: PlantOptions): Promise<Plant> {
  // Both at one instant, or every stamp of the shop would be late by what lies between.
  const startMs = Date.now();
  const epochMs = performance.now();
  const machines = openMachines(options, startMs);
  let cnc: Cnc | undefined;
  const trouble = newTrouble(
    machines,
    (event) => options.tell(event),
    (faults) => cnc?.setFaults(faults),
  );
  const radios = machines.map(({ id }) => openRadio(options, id, trouble.trigger));
  const stopPacing = pace({ startMs, epochMs }, machines, radios, (timeMs) => cnc?.update(timeMs));
  const unplan = options.fault === undefined ? undefined : trouble.plan(options.fault);
  const close = async () => {
    unplan?.();
    stopPacing();
    await Promise.all([...radios.map((radio) => radio.stop()), cnc?.stop()]);
  };
  try {
    const panels = machines.map(({ id, truth }) => ({ id, panel: newPanel(truth, `${options.seed}/${id}`) }));
    cnc = await startCnc(panels, options.opcuaPort, options.stateDir);
  } catch (error) {
    await close();
    throw error;
  }
  cnc.setFaults(trouble.cnc);
  options.tell({ kind: 'opcua', url: cnc.url });
  return { opcuaUrl: cnc.url, trigger: trouble.trigger, stop: close };
}

function openMachines(options: PlantOptions, startMs: number): Machine[] {
  const start = new Date(startMs);
  const startDayTimeS = start.getHours() * 3600 + start.getMinutes() * 60 + start.getSeconds();
  const { seed, speed } = options;
  return Array.from({ length: options.machines }, (_, index) =>
    newMachine({ id: `mill-${index + 1}`, seed, startMs, startDayTimeS, speed }),
  );
}

function openRadio(
  options: PlantOptions,
  machine: string,
  trigger: (fault: AnyFault | 'none', machine: string) => void,
): Esp32s {
  return startEsp32s({
    broker: options.broker,
    machine,
    onReady: (devices) => options.tell({ kind: 'esp32', machine, devices }),
    onLost: (why) => options.tell({ kind: 'broker-lost', why }),
    onFault: (fault) => trigger(fault, machine),
  });
}

/** Absolute deadlines: a late turn makes up what it missed, and a shop never runs slow. */
function pace(
  { startMs, epochMs }: { readonly startMs: number; readonly epochMs: number },
  machines: readonly Machine[],
  radios: readonly Esp32s[],
  showCnc: (timeMs: number) => void,
): () => void {
  let doneMs = 0;
  let turns = 0;
  let shownMs = 0;
  let timer = setTimeout(turn, paceMs);

  function turn(): void {
    const elapsedMs = Math.floor(performance.now() - epochMs);
    if (elapsedMs - doneMs > catchUpMs) {
      for (const machine of machines) machine.skip(elapsedMs - paceMs);
    }
    for (let i = 0; i < machines.length; i++) machines[i]!.advance(elapsedMs, radios[i]!.send);
    doneMs = elapsedMs;
    if (elapsedMs - shownMs >= cncCycleMs) {
      shownMs = elapsedMs - (elapsedMs % cncCycleMs);
      showCnc(startMs + elapsedMs);
    }
    turns = Math.max(turns + 1, Math.floor((performance.now() - epochMs) / paceMs));
    timer = setTimeout(turn, Math.max(1, epochMs + (turns + 1) * paceMs - performance.now()));
  }
  return () => clearTimeout(timer);
}
