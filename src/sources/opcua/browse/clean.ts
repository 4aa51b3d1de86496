// Names on a server as they are shown.

/** They are the words of a stranger: nothing in them is to move the cursor. */
export function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '?');
}
