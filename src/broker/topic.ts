// MQTT topic names and filters: what is well formed and what matches what. Must never hold state.

export function topicLevels(topic: string): number {
  let levels = 1;
  for (let i = 0; i < topic.length; i++) if (topic.charCodeAt(i) === 0x2f) levels++;
  return levels;
}

/** A filter as MQTT wants it: `#` last and alone in its level, `+` alone in its level. */
export function validFilter(filter: string): boolean {
  if (filter === '' || filter.includes('\0')) return false;
  const levels = filter.split('/');
  return levels.every((level, i) => {
    if (level === '#') return i === levels.length - 1;
    return level === '+' || !/[+#]/.test(level);
  });
}

/** Text that may stand as a fixed beginning of topics: no wildcards, no leading `$`. */
export function validPrefix(prefix: string): boolean {
  return prefix !== '' && !/[+#\0]/.test(prefix) && !prefix.startsWith('$') && !prefix.endsWith('/');
}

/** Whether `topic` is `prefix` itself or lies below it. */
export function isUnder(topic: string, prefix: string): boolean {
  if (!topic.startsWith(prefix)) return false;
  return topic.length === prefix.length || topic.charCodeAt(prefix.length) === 0x2f;
}

/** Whether `wide` matches every topic that `narrow` matches. */
export function covers(wide: string, narrow: string): boolean {
  const w = wide.split('/');
  const n = narrow.split('/');
  if (narrow.startsWith('$') && (w[0] === '#' || w[0] === '+')) return false;
  for (let i = 0; i < w.length; i++) {
    if (w[i] === '#') return true;
    if (i >= n.length || n[i] === '#') return false;
    if (w[i] !== '+' && w[i] !== n[i]) return false;
  }
  return w.length === n.length;
}

/**
 * The filters that need subscribing, with the highest quality of service of what each covers. Many brokers
 * send a message once for each filter that matches, so filters within others would double it.
 */
export function coveringFilters(filters: ReadonlyMap<string, 0 | 1>): Map<string, 0 | 1> {
  const wide = [...filters.keys()].filter(
    (filter) => ![...filters.keys()].some((other) => other !== filter && covers(other, filter)),
  );
  return new Map(
    wide.map((filter) => {
      const within = [...filters].filter(([other]) => covers(filter, other));
      return [filter, within.some(([, qos]) => qos === 1) ? 1 : 0];
    }),
  );
}
