// The loop among the parts that are started and stopped in order.
import type { Part } from './lifecycle.ts';

/** The loop runs beside; its end is awaited when it is stopped, so that the last samples are in a frame. */
export function loopPart(loop: { run(): Promise<void>; stop(): void }): Part {
  let running: Promise<void> = Promise.resolve();
  return {
    name: 'loop',
    async start() {
      running = loop.run();
    },
    async stop() {
      loop.stop();
      await running;
    },
  };
}
