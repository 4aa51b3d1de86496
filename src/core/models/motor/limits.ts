// Where the motor drive is not to go, when nobody says otherwise. Data only. A run-up draws its most for a second or two.
import type { LimitSpec } from '../../model.ts';

const shakes = 'Stop the motor, then look at its bearing, its coupling and what it drives.';

export const limits: readonly LimitSpec[] = [
  {
    ...{ signal: 'motor.windingTemp', side: 'high', warning: 60, trip: 85, hysteresis: 2 },
    ...{ onDelayS: 2, offDelayS: 10 },
    action: 'Take load off the motor and look at its cooling.',
  },
  {
    ...{ signal: 'axis.current', side: 'high', warning: 8, trip: 10, hysteresis: 0.5 },
    ...{ onDelayS: 5, offDelayS: 5 },
    action: 'Look for what holds the load: its guide, its brake, the gear.',
  },
  ...['vibration', 'vibration.rms'].map(
    (signal): LimitSpec => ({
      ...{ signal, side: 'high', warning: 5, trip: 10, hysteresis: 0.5, onDelayS: 2, offDelayS: 10 },
      action: shakes,
    }),
  ),
];
