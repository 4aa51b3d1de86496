// What a replay is told of on: the terminal of a command, or what a test has in its place.

export interface ReplayConsole {
  readonly env: NodeJS.ProcessEnv;
  /** A promise when the reader is slower than we are. */
  readonly print: (text: string) => Promise<void> | undefined;
  /** Beside the output: progress, and the summary where frames are the output. */
  readonly tell: (text: string) => void;
  /** Whether someone watches `tell`. */
  readonly terminal: boolean;
}
