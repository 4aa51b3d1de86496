// Where the demo shows itself: a page that redraws on a terminal, or plain lines everywhere else.
import { byWeight, listAlarms } from '../core/alarm/memory.ts';
import type { Alarm } from '../core/alarm.ts';
import type { Forecast } from '../core/forecast.ts';
import type { Gateway } from '../gateway.ts';
import type { TickResult } from '../ports.ts';
import { plainLine, reachLines, renderView, type ViewData } from './view.ts';
import { newAlarmLines } from './view-alarms.ts';

export interface Screen {
  tick(result: TickResult): void;
  forecast(forecast: Forecast): void;
  news(text: string): void;
  close(): void;
}

export interface ScreenData {
  readonly gateway: Gateway;
  readonly root: string;
  readonly logFile: string;
  readonly notes: readonly string[];
}

const redrawMs = 250;
const linePeriodMs = 1000;

export function showTerminal({ gateway, root, logFile, notes }: ScreenData): Screen {
  let news = notes.join('   ');
  const foot = `log ${logFile}   stop with Ctrl-C`;
  let drawnMs = 0;
  const forecasts = new Map<string, Forecast>();
  const out = process.stdout;
  out.write('\x1b[?1049h\x1b[?25l');
  // However we end, the terminal is as it was.
  const restore = () => out.write('\x1b[?25h\x1b[?1049l');
  process.once('exit', restore);
  return {
    tick({ frames }) {
      const now = performance.now();
      if (now - drawnMs < redrawMs) return;
      drawnMs = now;
      const health = gateway.health();
      const alarms = standingIn(gateway);
      const addresses = gateway.addresses();
      const data: ViewData = { frames, health, forecasts, alarms, addresses, root, news, foot };
      const rows = (out.rows || 24) - 1;
      const lines = renderView(data, out.columns || 80, rows).slice(0, rows);
      // Home, each line cleared to its end, then the rest of the screen: no flicker.
      out.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`);
    },
    forecast(forecast) {
      forecasts.set(forecast.machine, forecast);
    },
    news(text) {
      news = text.replaceAll('\n', ' ');
    },
    close() {
      process.off('exit', restore);
      restore();
      out.write(`${summary(gateway)}\n`);
    },
  };
}

export function showPlain({ gateway, root, logFile, notes }: ScreenData): Screen {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  for (const note of notes) say(note);
  let first = true;
  let saidMs = 0;
  const saidOf = new Map<string, string>();
  return {
    tick({ frames }) {
      const now = performance.now();
      if (first) {
        for (const [what, how] of reachLines(gateway.addresses(), root)) say(`${what.padEnd(10)} ${how}`);
        say(`${'log'.padEnd(10)} ${logFile}`);
        say(`first frame after ${Math.round(process.uptime() * 1000)} ms`);
        first = false;
      }
      if (now - saidMs < linePeriodMs) return;
      saidMs = now;
      const alarms = newAlarmLines(standingIn(gateway), saidOf);
      for (const line of alarms) say(line);
      say(plainLine({ frames, health: gateway.health(), addresses: gateway.addresses(), root, news: '' }));
    },
    forecast: () => {},
    news: say,
    close: () => say(summary(gateway)),
  };
}

/** The gravest first. */
function standingIn(gateway: Gateway): Alarm[] {
  return gateway.core.books.flatMap(listAlarms).toSorted(byWeight);
}

function summary(gateway: Gateway): string {
  const { ticks, ticksMissed, lateness, ledger } = gateway.health();
  const rejected = Object.values(ledger.rejected).reduce((sum, count) => sum + count, 0);
  return (
    `${ticks} ticks, ${ticksMissed} missed, lateness p99 ${lateness.p99Ms.toFixed(1)} ms; ` +
    `${ledger.received} samples received, ${ledger.stored} taken, ${rejected} rejected`
  );
}
