// The ways in which a mill fails, of which a forecast gives the probability. Data only; a configuration may say other
// thresholds, and a forecast leaves out the tools that have never been in the machine.
import type { FailureSpec } from '../../model.ts';
import { toolNames } from './wear-tool.ts';

export const failures: readonly FailureSpec[] = [
  {
    name: 'spindle-worn',
    about: 'The spindle is worn out',
    of: { component: 'spindle' },
    threshold: 0.8,
  },
  {
    name: 'bearing-worn',
    about: 'The spindle bearing is worn out',
    of: { component: 'bearing' },
    threshold: 0.8,
  },
  ...toolNames.map((tool) => ({
    name: `${tool.replace('.', '-')}-worn`,
    about: `The edge of ${tool} is worn out`,
    of: { component: tool },
    threshold: 1,
  })),
  {
    name: 'winding-hot',
    about: 'The winding of the spindle gets too hot',
    of: { output: 'spindle.windingTemp' },
    threshold: 85,
  },
  {
    name: 'current-high',
    about: 'The spindle draws too much current',
    of: { output: 'spindle.current' },
    threshold: 10,
  },
];
