// The order of test files: those that last long begin first, so that none of them is left running by itself at the
// end. The others come as Vitest would have them.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** `files`: ends of their paths, the longest first. */
export function longFirst(files: readonly string[]): typeof BaseSequencer {
  const rank = ({ moduleId }: TestSpecification) => {
    const at = files.findIndex((file) => moduleId.endsWith(file));
    return at < 0 ? files.length : at;
  };
  return class LongFirst extends BaseSequencer {
    override async sort(specs: TestSpecification[]): Promise<TestSpecification[]> {
      const sorted = await super.sort(specs);
      return sorted.toSorted((a, b) => rank(a) - rank(b));
    }
  };
}
