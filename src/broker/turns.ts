// Work that takes turns: each piece begins when the one before has called back. Must not recurse however many
// pieces call back at once.

/** `begin` is handed the call that ends its turn. */
export type TakeTurn = (begin: (end: () => void) => void) => void;

export function createTurns(): TakeTurn {
  const waiting: ((end: () => void) => void)[] = [];
  let busy = false;
  let running = false;

  const run = () => {
    // A turn that ends at once lets this loop go on; one that ends later starts it again.
    if (running) return;
    running = true;
    while (!busy) {
      const begin = waiting.shift();
      if (begin === undefined) break;
      busy = true;
      begin(() => {
        busy = false;
        run();
      });
    }
    running = false;
  };

  return (begin) => {
    waiting.push(begin);
    run();
  };
}
