// Times as text, such that the same number comes back: no digit is invented and none is dropped.

export const timeStyles = ['iso', 'plain', 'ms'] as const;
/** `2026-03-02T08:00:00.100Z`; `2026-03-02 08:00:00.100`, in UTC too, which spreadsheets take for a time; ms since 1970. */
export type TimeStyle = (typeof timeStyles)[number];

/** What a calendar can say. */
const calendarMaxMs = 8.64e15;

/** Most times share their second with the one before. */
export function createTimeText(style: TimeStyle): (timeMs: number) => string {
  let secondMs = Number.NaN;
  let begin = '';
  const tail = style === 'iso' ? 'Z' : '';
  return (timeMs) => {
    if (Number.isNaN(timeMs)) return '';
    if (style === 'ms' || Math.abs(timeMs) > calendarMaxMs) return String(timeMs);
    const second = Math.floor(timeMs / 1000) * 1000;
    if (second !== secondMs) {
      secondMs = second;
      const text = new Date(second).toISOString();
      begin = text.slice(0, text.length - 4);
      if (style === 'plain') begin = begin.replace('T', ' ');
    }
    const ms = Math.floor(timeMs);
    const whole = String(ms - second).padStart(3, '0');
    return `${begin}${whole}${ms === timeMs ? '' : fractionOf(timeMs)}${tail}`;
  };
}

/** The digits behind the milliseconds, at least to the microsecond; as many as tell this number from its neighbours. */
function fractionOf(timeMs: number): string {
  const text = timeMs.toString();
  const digits = timeMs < 0 || !text.includes('.') ? timeMs.toFixed(4) : text;
  return digits.slice(digits.indexOf('.') + 1).padEnd(3, '0');
}
