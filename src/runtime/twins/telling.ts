// Holds what is told of wear at what is durable, while the disk has not caught up: in frames and in forecasts. The twin
// itself is not touched.
import type { ComponentForecast, Forecast } from '../../core/forecast.ts';
import { type Frame, Origins } from '../../core/frame.ts';
import type { Twin } from '../../core/twin.ts';
import { isBeyond, type Reserve } from './reserve.ts';

/** An output shows the wear of a component when it is in the unit of its gauge and has its value. */
const sameShare = 1e-3;

/** Returns whether anything was held. */
export function holdFrame(frame: Frame, twin: Twin, reserve: Reserve): boolean {
  if (!isBeyond(reserve, twin)) return false;
  const { inputs, outputs, wear = [] } = twin.model;
  for (const [c, { gauge }] of wear.entries()) {
    const worn = twin.state[reserve.state[c]!]!;
    const bound = reserve.durable[c]!;
    if (gauge === undefined || worn <= bound) continue;
    for (const [o, { unit }] of outputs.entries()) {
      if (unit !== gauge.unit) continue;
      const shown = frame.twin[o]!;
      if (Math.abs(shown / gauge.full - worn) > sameShare) continue;
      frame.twin[o] = Math.min(shown, bound * gauge.full);
      const row = inputs.length + o;
      if (frame.origin[row] === Origins.predicted) frame.value[row] = frame.twin[o]!;
    }
  }
  return true;
}

export function holdForecast(forecast: Forecast, reserve: Reserve): Forecast {
  const components = forecast.components.map((each, c) => holdComponent(each, reserve.durable[c]!));
  return { ...forecast, components };
}

function holdComponent(each: ComponentForecast, bound: number): ComponentForecast {
  if (each.wear <= bound) return each;
  const share = each.wear > 0 ? bound / each.wear : 0;
  return {
    ...each,
    wear: bound,
    ...(each.gauge !== undefined && { gauge: { ...each.gauge, value: each.gauge.value * share } }),
  };
}
