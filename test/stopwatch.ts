// How long something took a process, without the time for which the machine under the tests kept it from running: where
// others have the cores it waits for one, and the host of a virtual machine takes whole cores away. On an idle machine
// that is nothing, so a bound means what it says.
import { readFileSync } from 'node:fs';

/** Of /proc/stat. */
const jiffyMs = 10;

/** Tells the milliseconds since it was made, as they were for this process. */
export function startWatch(): () => number {
  const fromMs = performance.now();
  const kept = watchKept(process.pid);
  return () => performance.now() - fromMs - kept();
}

/** For how long, from now on, a process was kept from running. */
export function watchKept(pid: number | undefined): () => number {
  const before = keptMs(pid);
  return () => keptMs(pid) - before;
}

/** Its main thread was ready to run and waited, and the host had the cores. */
function keptMs(pid: number | undefined): number {
  const inQueueNs = Number(textOf(`/proc/${pid}/schedstat`).split(' ')[1] ?? 0);
  const stolen = Number(/^cpu +(?:\d+ ){7}(\d+)/.exec(textOf('/proc/stat'))?.[1] ?? 0);
  return inQueueNs / 1e6 + stolen * jiffyMs;
}

/** A kernel that does not tell has kept nobody. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
