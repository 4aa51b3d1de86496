// What a fit says instead of an answer: the data cannot tell what is asked. One sentence for people, with the
// figures in it and what would help; never thrown for a mistake of the program.
export class FitRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FitRefusal';
  }
}
