// What of a configuration may be shown: references instead of secrets. Pure.
import { dotted, type Path, type Place, pathKey } from './problem.ts';
import { isGroup, valueAt } from './shape.ts';
import { isSecretKey } from './wording.ts';

/**
 * `written` is the value before references were resolved. A secret that was written down plainly is not
 * shown either; one from a variable is shown as a reference to it.
 */
export function redact(
  config: unknown,
  written: unknown,
  places: ReadonlyMap<string, Place>,
  mask: (text: string) => string,
): unknown {
  const walk = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((child, index) => walk(child, [...path, index]));
    if (isGroup(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, child]) => [key, walk(child, [...path, key])]),
      );
    }
    if (typeof value !== 'string') return value;
    const source = valueAt(written, path);
    if (typeof source === 'string' && source.includes('${')) return hidePlain(source, value, path, places);
    return mask(hidePlain(value, value, path, places));
  };
  return walk(config, []);
}

function hidePlain(text: string, value: string, path: Path, places: ReadonlyMap<string, Place>): string {
  if (text !== value) return text;
  if (!isSecretKey(path)) return text.replace(urlPassword, '$1(not shown)@');
  const place = places.get(pathKey(path));
  return place?.in === 'environment' ? `\${env:${place.variable}}` : '(not shown)';
}

const urlPassword = /(:\/\/[^/\s:@]*:)\S+@/;

/** Takes secrets out of any text. Very short ones are left: they would garble everything. */
export function maskText(secrets: ReadonlyMap<string, string>): (text: string) => string {
  const known = [...secrets].filter(([secret]) => secret.length >= 4).sort(([a], [b]) => b.length - a.length);
  return (text) => known.reduce((rest, [secret, reference]) => rest.replaceAll(secret, reference), text);
}

/** A password written into the file works, and gets a warning. */
export function plainSecretWarnings(written: unknown, places: ReadonlyMap<string, Place>) {
  const found: { path: Path; which: 'value'; text: string }[] = [];
  const walk = (value: unknown, path: Path): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value)) walk(child, [...path, key]);
    }
    if (typeof value !== 'string' || value.includes('${') || places.has(pathKey(path))) return;
    const secret = isSecretKey(path) && !/^(scrypt|argon2\w*)\$/.test(value);
    if (!secret && !urlPassword.test(value)) return;
    const text = `${dotted(path)}: a secret is written into the file; better a reference such as \${file:…}`;
    found.push({ path, which: 'value', text });
  };
  walk(written, []);
  return found;
}
