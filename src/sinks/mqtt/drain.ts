// Waiting at the end for what is under way, for as long as it goes on.

export interface Drain {
  progress(): void;
  /** Resolves when all is done, or nothing has moved for `patienceMs`. */
  wait(patienceMs: number): Promise<void>;
}

export function createDrain(isDone: () => boolean): Drain {
  let onProgress: (() => void) | undefined;
  return {
    progress: () => onProgress?.(),
    async wait(patienceMs) {
      if (isDone()) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patienceMs);
        onProgress = () => {
          timer.refresh();
          if (!isDone()) return;
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}
