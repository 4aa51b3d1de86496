// Commands on their way to the core: they wait for the gap between two ticks, are applied in the order they came, and
// are told to whoever records. Bounded: who asks for more is refused.
import { applyCommand, type Commanded } from '../../core/command.ts';
import type { TwinCommand, TwinNews } from '../../core/twin-command.ts';

const waitingMax = 256;

export interface Commands {
  /** Resolves to what came of it, right after it was applied. */
  offer(command: TwinCommand): Promise<TwinNews>;
  /** Applies all that wait. Called between two ticks, and at no other time. */
  apply(): void;
  /** No tick comes any more: what waits is refused, and what is offered. */
  close(): void;
}

interface Waiting {
  readonly command: TwinCommand;
  readonly resolve: (news: TwinNews) => void;
  readonly reject: (error: unknown) => void;
}

/** `onCommand` hears of each before it is applied, `onNews` of what came of it before anyone else does. */
export function createCommands(
  core: Commanded,
  onCommand: (command: TwinCommand) => void,
  onNews: (news: TwinNews, command: TwinCommand) => void,
): Commands {
  let waiting: Waiting[] = [];
  let closed = false;
  return {
    offer(command) {
      if (closed) return Promise.reject(new Error('the gateway is stopping'));
      if (waiting.length >= waitingMax) return Promise.reject(new Error('too many commands wait'));
      return new Promise((resolve, reject) => waiting.push({ command, resolve, reject }));
    },
    apply() {
      if (waiting.length === 0) return;
      const due = waiting;
      waiting = [];
      for (const { command, resolve, reject } of due) {
        try {
          onCommand(command);
          const news = applyCommand(core, command);
          // It has been heard here: nobody is to be told twice.
          core.news.splice(core.news.indexOf(news), 1);
          onNews(news, command);
          resolve(news);
        } catch (error) {
          reject(error);
        }
      }
    },
    close() {
      closed = true;
      for (const { reject } of waiting.splice(0)) reject(new Error('the gateway is stopping'));
    },
  };
}
