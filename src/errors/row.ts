// What the table of errors says of each.

export interface ErrorRow {
  /** `{name}` is filled from the error's details. */
  readonly message: string;
  /** What the reader can do about it. */
  readonly hint: string;
  /** Trying again later can help: the runtime goes on and retries instead of stopping. */
  readonly retryable: boolean;
  /** 1 failed, 2 usage or configuration. */
  readonly exitCode: 1 | 2;
}
