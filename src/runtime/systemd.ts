// What the service manager is told: ready, alive, stopping, and one line of status.
// Node has no datagram sockets of the local kind, so systemd-notify speaks for us: one at a time, never awaited.
import { type SpawnOptions, spawn } from 'node:child_process';
import type { Log } from '../ports.ts';

export interface ServiceManager {
  ready(status: string): void;
  /** Call after each finished tick; it is sent no more often than `watchdogPeriodMs`. */
  watchdog(): void;
  stopping(): void;
  status(text: string): void;
  /** How often the watchdog is fed: half its limit. Undefined when nobody watches. */
  readonly watchdogPeriodMs: number | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

const notifyDeadlineMs = 5000;

export function createServiceManager(env: Env, log: Log): ServiceManager {
  if (!env['NOTIFY_SOCKET']) return silent;
  const watchdogPeriodMs = watchdogPeriodOf(env, process.pid);
  const notifier = newNotifier(env, log);
  let fedMs = Number.NEGATIVE_INFINITY;
  return {
    watchdogPeriodMs,
    ready: (status) => notifier.send({ READY: '1', STATUS: status }),
    status: (text) => notifier.send({ STATUS: text }),
    stopping: () => notifier.sendLast({ STOPPING: '1', STATUS: 'stopping' }),
    watchdog() {
      const nowMs = performance.now();
      if (watchdogPeriodMs === undefined || nowMs - fedMs < watchdogPeriodMs) return;
      fedMs = nowMs;
      notifier.send({ WATCHDOG: '1' });
    },
  };
}

/** Half of WATCHDOG_USEC; undefined when it is absent, not a number, or meant for another process. */
export function watchdogPeriodOf(env: Env, pid: number): number | undefined {
  const limitUs = /^\d+$/.test(env['WATCHDOG_USEC'] ?? '') ? Number(env['WATCHDOG_USEC']) : 0;
  const forUs = !env['WATCHDOG_PID'] || env['WATCHDOG_PID'] === String(pid);
  return limitUs > 0 && forUs ? limitUs / 2000 : undefined;
}

const silent: ServiceManager = {
  watchdogPeriodMs: undefined,
  ready() {},
  watchdog() {},
  stopping() {},
  status() {},
};

type Message = Readonly<Record<string, string>>;

interface Notifier {
  send(message: Message): void;
  /** At once, without waiting for one that is under way: the process may end before that. */
  sendLast(message: Message): void;
}

/** At most one systemd-notify at a time; what comes meanwhile is merged, the newest of each kind. */
function newNotifier(env: Env, log: Log): Notifier {
  const pending = new Map<string, string>();
  const options = spawnOptions(env);
  let running = false;
  let ended = false;
  let failed = false;

  const complain = (why: string): void => {
    if (failed) return;
    failed = true;
    log.warn({ why }, 'systemd-notify does not work; the service manager may not learn of our state');
  };
  const say = (message: Iterable<readonly [string, string]>): void => {
    const words = [...message].map(([key, value]) => `${key}=${oneLine(value)}`);
    // `close` comes once, after an `error` too: the one place where the turn ends.
    const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...words], options);
    child.on('error', (error) => complain(error.message));
    child.on('close', (code, signal) => {
      if (code !== 0) complain(`it ended with ${signal ?? `exit code ${code}`}`);
      running = false;
      next();
    });
    child.unref();
  };
  const next = (): void => {
    if (running || ended || pending.size === 0) return;
    running = true;
    const message = [...pending];
    pending.clear();
    say(message);
  };
  return {
    send(message) {
      for (const [key, value] of Object.entries(message)) pending.set(key, value);
      next();
    },
    sendLast(message) {
      if (!ended) say(Object.entries(message));
      ended = true;
    },
  };
}

function spawnOptions(env: Env): SpawnOptions {
  // Only what it needs: no secret of our environment travels to a child.
  const { NOTIFY_SOCKET, PATH } = env;
  return { env: { NOTIFY_SOCKET, PATH }, stdio: 'ignore', timeout: notifyDeadlineMs, killSignal: 'SIGKILL' };
}

/** Messages are lines: a status with a line end could smuggle in another one. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').slice(0, 500);
}

/**
 * Ready after the first tick; the watchdog is fed by finished ticks and by nothing else, and only while what has to keep
 * up with them does.
 */
export function createServing(
  service: ServiceManager | undefined,
  isWell: () => boolean = () => true,
): () => void {
  let ready = false;
  return () => {
    if (!ready) service?.ready('ticking');
    ready = true;
    if (isWell()) service?.watchdog();
  };
}
