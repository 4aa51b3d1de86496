// Samples that found no room are refused when there is room again. Refused at once they would come again at once, and
// each refusal costs a connection that others need meanwhile.

export interface Refusals {
  /** Rejects when it is told. */
  later(): Promise<void>;
  tell(why: string): void;
}

export function createRefusals(): Refusals {
  let waiting: PromiseWithResolvers<void> | undefined;
  return {
    later() {
      if (waiting === undefined) {
        waiting = Promise.withResolvers();
        // Whoever asked may have gone since.
        waiting.promise.catch(() => {});
      }
      return waiting.promise;
    },
    tell(why) {
      waiting?.reject(new Error(why));
      waiting = undefined;
    },
  };
}
