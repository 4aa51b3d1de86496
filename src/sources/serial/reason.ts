// What went wrong with a line, in words a person can act on.
import { readdir, realpath } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';

const stableDir = '/dev/serial/by-id';

export function portReason(error: Error, path: string): string {
  const { message } = error;
  if (/no such (file|device)|ENOENT|ENXIO|ENODEV/i.test(message))
    return `there is no ${path}: not plugged in?`;
  if (/permission denied|EACCES/i.test(message)) {
    return `no permission for ${path}: add the user to the group that owns it (\`sudo usermod -aG dialout ${userName()}\`), then log in again`;
  }
  if (/lock|busy|temporarily unavailable/i.test(message)) return `${path} is in use by another program`;
  if (/inappropriate ioctl|ENOTTY/i.test(message)) return `${path} is no serial line`;
  return `${path}: ${firstLine(message)}`;
}

const tcpReasons: Readonly<Record<string, (address: string) => string>> = {
  ECONNREFUSED: (address) => `${address} refuses the connection: is the serial server running?`,
  ENOTFOUND: (address) => `the name of ${address} is not known`,
  EAI_AGAIN: (address) => `the name of ${address} cannot be looked up now`,
  EHOSTUNREACH: (address) => `there is no way to ${address}`,
  ENETUNREACH: (address) => `there is no way to ${address}`,
};

export function tcpReason(error: NodeJS.ErrnoException, address: string): string {
  const known = tcpReasons[error.code ?? ''];
  return known === undefined
    ? `${address}: ${firstLine(error.message || String(error.code))}`
    : known(address);
}

/** A name given in the order of plugging in may be another device's tomorrow; empty when the path is sound. */
export async function nameWarning(path: string): Promise<string> {
  if (!/^\/dev\/tty(USB|ACM)\d+$/.test(path)) return '';
  const stable = await stableName(path);
  return `${path} may be another device after the next replug; use ${stable ?? `a name in ${stableDir}`} instead`;
}

async function stableName(path: string): Promise<string | undefined> {
  try {
    const device = await realpath(path);
    for (const name of await readdir(stableDir)) {
      const link = join(stableDir, name);
      if ((await realpath(link)) === device) return link;
    }
  } catch {
    // No such device, or no such folder: nothing to propose.
  }
  return undefined;
}

function firstLine(message: string): string {
  return message.replace(/^Error:?\s*/i, '').split('\n')[0] ?? '';
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'gemel';
  }
}
