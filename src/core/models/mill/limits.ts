// Where the mill is not to go, when nobody says otherwise. Data only. A delay is as long as what is usual may last: the
// spindle's run-up draws its most for eight seconds, an axis its most for one.
import type { LimitSpec } from '../../model.ts';
import { axes } from './axis.ts';

const rise = { side: 'high', hysteresis: 2, onDelayS: 2, offDelayS: 10 } as const;
const shake = { side: 'high', warning: 5, trip: 10, hysteresis: 0.5, onDelayS: 2, offDelayS: 10 } as const;
const shakes = 'Stop the cut, then look at the tool, the clamping and the bearing of the spindle.';

export const limits: readonly LimitSpec[] = [
  {
    ...{ signal: 'spindle.bearingTemp', above: 'ambient.temp', ...rise, warning: 40, trip: 45 },
    action: 'Let the spindle run at a lower speed and look at its coolant and lubrication.',
  },
  {
    ...{ signal: 'spindle.windingTemp', ...rise, warning: 60, trip: 85 },
    action: 'Take load off the spindle and look at its cooling.',
  },
  {
    ...{ signal: 'spindle.current', side: 'high', warning: 8, trip: 10, hysteresis: 0.5 },
    ...{ onDelayS: 12, offDelayS: 5 },
    action: 'Reduce feed or depth of the cut, and look at the tool and the spindle.',
  },
  ...axes.map(
    (axis): LimitSpec => ({
      ...{ signal: `axis.${axis}.current`, side: 'high', warning: 8, trip: 10, hysteresis: 0.5 },
      ...{ onDelayS: 3, offDelayS: 5 },
      action: `Look for what holds axis ${axis}: chips, a collision, its guide, its brake.`,
    }),
  ),
  {
    ...{ signal: 'tool.flankWear', side: 'high', warning: 280, trip: 300, hysteresis: 10 },
    ...{ onDelayS: 0, offDelayS: 0 },
    action: 'Change the tool.',
  },
  ...['vibration', 'vibration.rms'].map((signal): LimitSpec => ({ signal, ...shake, action: shakes })),
];
