// Waiting for a condition with a deadline: the only way a test waits. The deadline is for a machine that does much
// else; who waits for something that must not come says a shorter one.

export async function poll<T>(
  what: string,
  condition: () => T | Promise<T>,
  deadlineMs = 30_000,
  everyMs = 10,
): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value as NonNullable<T>;
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
