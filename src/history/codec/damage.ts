// What a reader of stored bytes says when they are not what was written. Must be said before anything of them is used.

/** Stored bytes that are torn, changed or of an unknown form. */
export class DamagedBlock extends Error {
  override readonly name = 'DamagedBlock';

  constructor(why: string) {
    super(`stored data is damaged: ${why}`);
  }
}
