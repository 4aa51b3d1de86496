// How far a long look around has come: one line that redraws itself on a terminal, else a plain line now and then.

export interface Progress {
  say(text: string): void;
  /** Something that stays. */
  note(text: string): void;
  clear(): void;
  /** The last word; none when empty. */
  end(text: string): void;
}

const redrawMs = 100;
const lineMs = 5_000;

export function newProgress(write: (text: string) => void, terminal: boolean): Progress {
  let saidMs = performance.now();
  let drawn = false;
  const clear = () => {
    if (drawn) write('\r\x1b[K');
    drawn = false;
  };
  return {
    say(text) {
      const now = performance.now();
      if (now - saidMs < (terminal ? redrawMs : lineMs)) return;
      saidMs = now;
      write(terminal ? `\r\x1b[K${text} …` : `${text}\n`);
      drawn = terminal;
    },
    note(text) {
      clear();
      write(`${text}\n`);
    },
    clear,
    end(text) {
      clear();
      if (text !== '') write(`${text}\n`);
    },
  };
}
