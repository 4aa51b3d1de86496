// What each condition of a machine is worth as an alarm: what its detector brings, overruled by rules that name it. Pure.
import type { AlarmPolicy, Condition } from '../finding.ts';
import { actionOf, textOf } from './texts.ts';

/** What may be said otherwise of the conditions whose id matches. */
export interface AlarmRule extends Partial<AlarmPolicy> {
  /** An id, with * for any signs and ? for one. */
  readonly match: string;
  readonly enabled?: boolean | undefined;
  /** Templates: see `texts.ts`. */
  readonly text?: string | undefined;
  readonly action?: string | undefined;
}

export interface AlarmOptions {
  /** Later ones win, key by key. */
  readonly rules: readonly AlarmRule[];
  /** Nothing is shelved for longer. */
  readonly shelveMaxS: number;
  /** So long after a first cause of the machine its consequences are looked for. */
  readonly groupS: number;
}

export const usualAlarms: AlarmOptions = { rules: [], shelveMaxS: 8 * 3600, groupS: 120 };

/** Of one condition. Constant. */
export interface AlarmSetting extends AlarmPolicy {
  readonly enabled: boolean;
  readonly text: string;
  readonly action: string;
}

export function settingOf(condition: Condition, rules: readonly AlarmRule[]): AlarmSetting {
  const usual: AlarmSetting = {
    ...condition.policy,
    enabled: true,
    text: textOf(condition),
    action: actionOf(condition),
  };
  const said = rules.filter(({ match }) => matches(match, condition.id)).map(wordsOf);
  return Object.assign({}, usual, ...said);
}

/** What is undefined says nothing. */
function wordsOf(rule: AlarmRule): Partial<AlarmSetting> {
  const said = Object.entries(rule).filter(([key, value]) => key !== 'match' && value !== undefined);
  return Object.fromEntries(said);
}

/** Whether an id is one that a pattern means; in a time that grows with both lengths, whatever the stars. */
export function matches(pattern: string, id: string): boolean {
  let [p, i, star, mark] = [0, 0, -1, 0];
  while (i < id.length) {
    if (pattern[p] === '*') {
      star = p++;
      mark = i;
    } else if (pattern[p] === '?' || (p < pattern.length && pattern[p] === id[i])) {
      p++;
      i++;
    } else if (star >= 0) {
      p = star + 1;
      i = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
