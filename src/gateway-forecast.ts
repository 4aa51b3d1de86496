// What a gateway foresees, put together: the lab, the forecast of each machine, and the maintenance plan made of them.
import { planForecast } from './config/forecast.ts';
import type { Config } from './config/schema.ts';
import type { Forecast } from './core/forecast.ts';
import type { Core } from './core/step.ts';
import { createMaintenance } from './maintenance/maintenance.ts';
import type { GatewayEvent } from './ports/event.ts';
import type { TickResult } from './ports.ts';
import type { GatewayClock } from './runtime/clock.ts';
import { answerForecast } from './runtime/forecast/answer.ts';
import { createForecaster, type ForecasterParts } from './runtime/forecast/forecaster.ts';
import { createLab } from './runtime/lab.ts';
import type { Part } from './runtime/lifecycle.ts';
import type { RootLog } from './runtime/log.ts';
import type { ForecastRequest, TwinAnswer } from './runtime/twins/request.ts';

export interface Foresight {
  /** In the order in which they start: around the loop, within the twins. */
  readonly parts: readonly Part[];
  /** After each tick, when the twins have been followed. */
  tick(result: TickResult): void;
  /** A forecast of the wear, with what is known besides. */
  join(forecast: Forecast): Forecast;
  answer(request: ForecastRequest): Promise<TwinAnswer>;
  /** What was told of a twin. */
  event(event: GatewayEvent): void;
}

/** Tests are less patient. */
export interface ForesightTuning {
  readonly forecast?: NonNullable<ForecasterParts['tuning']>;
  readonly planSoonMs?: number;
}

interface ForesightOptions {
  readonly foresight?: ForesightTuning;
  readonly config: Config;
  readonly stateDir: string;
  readonly log: RootLog;
}

/** After these a twin is another than the one that was forecast. */
const changing: ReadonlySet<GatewayEvent['kind']> = new Set([
  'inspected',
  'replaced',
  'recalibrated',
  'parameters-set',
  'parameters-rolled-back',
]);

interface ForesightAround {
  readonly core: Core;
  readonly clock: GatewayClock;
  /** The forecast of this machine is to be told anew. */
  readonly changed: (machine: number) => void;
}

export function openForesight(
  { config, stateDir, log, foresight: tuning }: ForesightOptions,
  { core, clock, changed }: ForesightAround,
): Foresight {
  const { threads, ...all } = config.forecast;
  const lab = createLab({ entry: new URL('./lab-thread.ts', import.meta.url), threads });
  const forecaster = createForecaster({
    ...{ core, clock, lab, stateDir, log: log.component('forecast'), onRisk: changed },
    ...(tuning?.forecast !== undefined && { tuning: tuning.forecast }),
    settings: core.twins.map(({ model }, m) =>
      planForecast(config.machines[core.frames[m]!.machine.id]!.forecast, all, model),
    ),
  });
  const maintenance = createMaintenance({
    ...{ config: config.maintenance, site: config.site, stateDir, clock, log: log.component('maintenance') },
    ...(tuning?.planSoonMs !== undefined && { soonMs: tuning.planSoonMs }),
    onChange: (machine) => changed(core.frames.findIndex((frame) => frame.machine.id === machine)),
  });
  return {
    parts: [lab.part, maintenance, forecaster.part],
    tick: (result) => forecaster.tick(result),
    join(forecast) {
      const joined = forecaster.join(forecast);
      maintenance.hear(joined);
      const windows = maintenance.windowsOf(forecast.machine);
      return windows === undefined ? joined : { ...joined, maintenance: windows };
    },
    answer: (request) => answerForecast(forecaster, request),
    event({ kind, machine }) {
      if (machine !== undefined && changing.has(kind)) forecaster.changed(machine);
    },
  };
}
