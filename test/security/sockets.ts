// What a process listens on, asked of the kernel and not of the process.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Listening {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly loopback: boolean;
}

const tcpListen = '0A';
const udpBound = '07';

/** Listening TCP and bound UDP sockets of a process and of everything it has started. */
export function listeningSockets(pid: number): Listening[] {
  const inodes = new Set([pid, ...descendants(pid)].flatMap(socketInodes));
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((protocol) =>
    table(protocol)
      .filter(
        ({ state, inode }) =>
          inodes.has(inode) && state === (protocol.startsWith('tcp') ? tcpListen : udpBound),
      )
      .map(({ address, port }) => ({ protocol, address, port, loopback: isLoopback(address) })),
  );
}

export function descendants(pid: number): number[] {
  const children = listing(`/proc/${pid}/task`).flatMap((thread) =>
    orNothing(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'))
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
  return [...children, ...children.flatMap(descendants)];
}

function socketInodes(pid: number): string[] {
  return listing(`/proc/${pid}/fd`).flatMap((fd) => {
    const link = orNothing(() => readlinkSync(`/proc/${pid}/fd/${fd}`));
    const [, inode] = /^socket:\[(\d+)\]$/.exec(link) ?? [];
    return inode === undefined ? [] : [inode];
  });
}

/** Processes, threads and files come and go while one looks: what is gone has nothing. */
function orNothing(look: () => string): string {
  try {
    return look();
  } catch {
    return '';
  }
}

function listing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function table(protocol: string) {
  const rows = readFileSync(`/proc/net/${protocol}`, 'utf8').trim().split('\n').slice(1);
  return rows.map((row) => {
    const [, local = '', , state = '', , , , , , inode = ''] = row.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    return { address, port: Number.parseInt(port, 16), state, inode };
  });
}

/** In the kernel's words, each group of four bytes reversed: 0100007F is 127.0.0.1. */
function isLoopback(hex: string): boolean {
  if (hex.length === 8) return hex.endsWith('7F');
  return hex === '00000000000000000000000001000000' || /^0{16}FFFF0000.{6}7F$/.test(hex);
}
