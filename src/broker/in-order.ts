// Promises that resolve one after the other, whatever order their work ends in.

/** Resolves when `work` is done and so is all that was given before; a failure concerns itself only. */
export type InOrder = (work: Promise<void> | undefined) => Promise<void>;

export function createInOrder(): InOrder {
  let last: Promise<void> | undefined;
  return (work) => {
    const mine = after(work, last);
    last = mine.catch(() => {});
    return mine;
  };
}

async function after(work: Promise<void> | undefined, before: Promise<void> | undefined): Promise<void> {
  try {
    await work;
  } finally {
    await before;
  }
}
