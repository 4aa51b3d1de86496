// Text in any cut to whole lines with their numbers. A line of absurd length is told of and not kept.

/** Beyond it a line is no row of anything. */
export const lineMax = 262_144;

export interface Lines {
  /** Called back for each line without its end; `tooLong` ones come with their beginning only. */
  readonly write: (text: string) => void;
  /** The last line may lack its end. */
  readonly end: () => void;
}

export type OnLine = (text: string, line: number, tooLong: boolean) => void;

const beginning = 256;

export function createLines(onLine: OnLine, charactersMax = lineMax): Lines {
  let rest = '';
  let line = 0;
  /** Of a line that is too long, until its end comes. */
  let head: string | undefined;

  const emit = (text: string) => {
    line++;
    if (head !== undefined) {
      onLine(head, line, true);
      head = undefined;
    } else if (text.length > charactersMax) onLine(text.slice(0, beginning), line, true);
    else onLine(text.endsWith('\r') ? text.slice(0, -1) : text, line, false);
  };

  return {
    write(added) {
      const text = rest === '' ? added : rest + added;
      let from = 0;
      for (;;) {
        const end = text.indexOf('\n', from);
        if (end < 0) break;
        emit(text.slice(from, end));
        from = end + 1;
      }
      rest = text.slice(from);
      if (rest.length > charactersMax) {
        head ??= rest.slice(0, beginning);
        rest = '';
      }
    },
    end() {
      if (rest !== '' || head !== undefined) emit(rest);
      rest = '';
    },
  };
}
