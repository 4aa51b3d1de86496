// SIGTERM and SIGINT end a run in order; a second one ends it at once.

/** One Ctrl-C may come twice: from the terminal, and from npm, which hands on its own. */
const sameMs = 1000;

export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstMs = Number.NaN;
  const onSignal = () => {
    if (performance.now() - firstMs >= sameMs) process.exit(1);
    if (controller.signal.aborted) return;
    firstMs = performance.now();
    controller.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return controller.signal;
}
