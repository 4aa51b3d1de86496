// Topic patterns with captures ("shop/{machine}/esp32/+") to an MQTT filter and an anchored matcher.
// Topic text is hostile: it must never reach a name, a path or a label unless this file let it through.

export interface TopicPattern {
  /** What to subscribe to. */
  readonly filter: string;
  /** Names of the captures, in the order of their texts. */
  readonly captures: readonly string[];
  /** The captured texts, or undefined when the topic is not one of ours. */
  match(topic: string): readonly string[] | undefined;
}

const topicLength = 512;
const topicLevels = 32;
const captureText = '([A-Za-z0-9._-]{1,64})';
const captureName = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** Throws an Error in plain words when the pattern is not one. */
export function compileTopic(pattern: string): TopicPattern {
  const levels = pattern.split('/');
  const captures: string[] = [];
  const filter: string[] = [];
  let source = '^';
  for (const [index, level] of levels.entries()) {
    const slash = index === 0 ? '' : '/';
    if (level === '#') {
      if (index !== levels.length - 1) throw new Error('# is allowed only at the end of a topic');
      filter.push('#');
      // MQTT: "a/#" takes "a" itself as well.
      source += index === 0 ? '[^]*' : '(?:/[^]*)?';
    } else {
      source += slash + compileLevel(level, captures);
      filter.push(level === '+' || level.includes('{') ? '+' : level);
    }
  }
  if (levels[0] === '$share') throw new Error('shared subscriptions ($share) are not supported');
  const regex = new RegExp(`${source}$`);
  const wild = filter[0] === '+' || filter[0] === '#';
  return {
    filter: filter.join('/'),
    captures,
    match(topic) {
      if (!isTopic(topic) || (wild && topic[0] === '$')) return undefined;
      const found = regex.exec(topic);
      if (found === null) return undefined;
      const texts = found.slice(1);
      return texts.some(isDots) ? undefined : texts;
    },
  };
}

/** "{machine}/spindle.current" with its captures filled in; throws when one is unknown. */
export function fillTemplate(
  template: string,
  captures: readonly string[],
  texts: readonly string[],
): string {
  return template.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const index = captures.indexOf(name);
    if (index < 0) throw new Error(`{${name}} is not a capture of the topic`);
    return texts[index] ?? '';
  });
}

function compileLevel(level: string, captures: string[]): string {
  if (level === '+') return '[^/]*';
  let source = '';
  for (const [index, part] of level.split(/\{([^{}]*)\}/).entries()) {
    if (index % 2 === 0) {
      if (/[+#{}]/.test(part) || !isTopic(`x${part}`)) {
        throw new Error(`"${level}" is not a topic level: + stands alone, { } enclose a name`);
      }
      source += part.replace(/[.*?^$()|[\]\\]/g, '\\$&');
    } else {
      if (!captureName.test(part))
        throw new Error(`"{${part}}": a capture is named by letters, digits and _`);
      if (captures.includes(part)) throw new Error(`{${part}} stands twice in the topic`);
      captures.push(part);
      source += captureText;
    }
  }
  return source;
}

/** A name a client can publish to: short, few levels, no wildcard, no control characters. */
function isTopic(topic: string): boolean {
  if (topic.length === 0 || topic.length > topicLength) return false;
  let levels = 1;
  for (let i = 0; i < topic.length; i++) {
    const code = topic.charCodeAt(i);
    if (code === 0x2f) levels++;
    else if (code < 0x20 || code === 0x7f || code === 0x2b || code === 0x23) return false;
  }
  return levels <= topicLevels;
}

/** "." and ".." would be harmless in a tag name, but someone may one day build a path of it. */
function isDots(text: string): boolean {
  return text === '.' || text === '..' || /^\.+$/.test(text);
}
