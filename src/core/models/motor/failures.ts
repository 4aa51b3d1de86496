// The ways in which a motor drive fails, of which a forecast gives the probability. Data only.
import type { FailureSpec } from '../../model.ts';

export const failures: readonly FailureSpec[] = [
  {
    name: 'bearing-worn',
    about: 'The bearing of the motor is worn out',
    of: { component: 'bearing' },
    threshold: 0.8,
  },
  {
    name: 'winding-hot',
    about: 'The winding of the motor gets too hot',
    of: { output: 'motor.windingTemp' },
    threshold: 85,
  },
  {
    name: 'current-high',
    about: 'The motor draws too much current',
    of: { output: 'axis.current' },
    threshold: 10,
  },
];
