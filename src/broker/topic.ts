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
