// Waiting for a condition with a deadline: the only way a test waits.

export async function poll<T>(
  what: string,
  condition: () => T | Promise<T>,
  deadlineMs = 10_000,
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
