// Secret references in text values: ${env:NAME}, ${file:path}, ${credential:name}. The secret goes into the
// configuration and nowhere else: what is printed keeps the reference.
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import { dotted, type Path } from './problem.ts';
import { isGroup } from './shape.ts';

export interface SecretSources {
  readonly env: NodeJS.ProcessEnv;
  /** What a relative path in ${file:…} is relative to. */
  readonly dir: string;
}

export interface Resolved {
  readonly value: unknown;
  readonly problems: readonly { readonly path: Path; readonly text: string }[];
  /** Each secret with the reference that stands for it. */
  readonly secrets: ReadonlyMap<string, string>;
}

const fileBytesLimit = 65_536;

/** `$${` stands for a literal `${`. */
const reference = /\$(\$\{)|\$\{([^}]*)\}/g;

export function resolveSecrets(value: unknown, sources: SecretSources): Resolved {
  const problems: { path: Path; text: string }[] = [];
  const secrets = new Map<string, string>();
  const walk = (item: unknown, path: Path): unknown => {
    if (typeof item === 'string') return item.includes('${') ? resolveText(item, path) : item;
    if (Array.isArray(item)) return item.map((child, index) => walk(child, [...path, index]));
    if (!isGroup(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([key, child]) => [key, walk(child, [...path, key])]));
  };
  const resolveText = (text: string, path: Path): string =>
    text.replace(reference, (whole, escaped: string | undefined, inside: string | undefined) => {
      if (escaped !== undefined) return escaped;
      const secret = lookUp(inside ?? '', sources);
      if ('why' in secret) {
        const details = { reference: whole, path: dotted(path), why: secret.why };
        problems.push({ path, text: new GemError('GEM_SECRET_UNRESOLVED', details).message });
        return whole;
      }
      secrets.set(secret.text, whole);
      return secret.text;
    });
  return { value: walk(value, []), problems, secrets };
}

type Secret = { readonly text: string } | { readonly why: string };

const kinds = ['env', 'file', 'credential'];

function lookUp(inside: string, sources: SecretSources): Secret {
  const colon = inside.indexOf(':');
  const kind = inside.slice(0, Math.max(0, colon));
  const name = inside.slice(colon + 1).trim();
  if (colon < 0) return { why: `say where it comes from, such as \${env:${inside || 'NAME'}}` };
  if (name === '') return { why: 'it has no name behind the colon' };
  switch (kind) {
    case 'env':
      return fromEnvironment(name, sources.env);
    case 'file':
      return fromFile(resolve(sources.dir, name));
    case 'credential':
      return fromCredential(name, sources.env['CREDENTIALS_DIRECTORY']);
    default:
      return { why: `"${kind}" is none of ${kinds.join(', ')}${didYouMean(kind, kinds)}` };
  }
}

function fromEnvironment(name: string, env: NodeJS.ProcessEnv): Secret {
  const text = env[name];
  if (text === undefined) return { why: `the environment variable ${name} is not set` };
  return text === '' ? { why: `the environment variable ${name} is empty` } : { text };
}

function fromCredential(name: string, dir: string | undefined): Secret {
  if (/[/\\]|^\.\.?$/.test(name)) return { why: 'the name of a credential has no slashes' };
  if (dir === undefined || dir === '') {
    return { why: 'CREDENTIALS_DIRECTORY is not set; systemd sets it for a unit with LoadCredential=' };
  }
  return fromFile(join(dir, name));
}

function fromFile(file: string): Secret {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return { why: `${file} is not a file` };
    if ((stat.mode & 0o004) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
      return { why: `every user of this machine may read ${file} (mode ${mode}); run chmod o-rwx on it` };
    }
    if (stat.size > fileBytesLimit) return { why: `${file} is larger than 64 KiB` };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)).replace(/\r?\n$/, '');
    return text === '' ? { why: `${file} is empty` } : { text };
  } catch (error) {
    return { why: `${file} ${fileTrouble(error)}` };
  }
}

export function fileTrouble(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  if (code === 'EISDIR') return 'is a folder, not a file';
  if (code === 'ENOTDIR') return 'does not exist: a part of its path is not a folder';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'is not UTF-8 text';
  return `cannot be read: ${(error as Error).message}`;
}
