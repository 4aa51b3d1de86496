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

/** A line ends with LF, CR, or both. */
export function createLines(onLine: OnLine, charactersMax = lineMax): Lines {
  /** Of the line whose end has not come yet: joined once, however many they are. */
  let pieces: string[] = [];
  let length = 0;
  let line = 0;
  /** Of a line that is too long, until its end comes. */
  let head: string | undefined;
  let afterCr = false;

  const keep = (piece: string) => {
    if (head !== undefined) return;
    pieces.push(piece);
    length += piece.length;
    if (length <= charactersMax) return;
    head = pieces.join('').slice(0, beginning);
    pieces = [];
    length = 0;
  };

  const finish = () => {
    line++;
    if (head !== undefined) onLine(head, line, true);
    else onLine(pieces.length === 1 ? pieces[0]! : pieces.join(''), line, false);
    head = undefined;
    pieces = [];
    length = 0;
  };

  return {
    write(text) {
      let from = afterCr && text.startsWith('\n') ? 1 : 0;
      if (text !== '') afterCr = text.endsWith('\r');
      let lf = text.indexOf('\n', from);
      let cr = text.indexOf('\r', from);
      while (lf >= 0 || cr >= 0) {
        const end = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr;
        keep(text.slice(from, end));
        finish();
        from = end + (end + 1 === lf ? 2 : 1);
        if (lf >= 0 && lf < from) lf = text.indexOf('\n', from);
        if (cr >= 0 && cr < from) cr = text.indexOf('\r', from);
      }
      if (from < text.length) keep(text.slice(from));
    },
    end() {
      if (length > 0 || head !== undefined) finish();
    },
  };
}

/** Whether the first line that is not empty is whole. */
export function holdsLine(text: string): boolean {
  return /[\r\n]/.test(text.trimStart());
}
