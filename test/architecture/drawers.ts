// Names: no drawer that takes anything, and kebab-case throughout.
import type { Tree, Violation } from './tree.ts';

const drawer = /^(utils?|helpers?|common|misc|shared|types|stuff|lib)$|-(utils?|helpers?)$/;
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*$/;

export function checkDrawers(tree: Tree): Violation[] {
  return [...tree.keys()].flatMap((path) =>
    path.split('/').flatMap((segment) => {
      const complaint = judge(segment);
      return complaint === undefined ? [] : [{ path, line: 1, text: complaint }];
    }),
  );
}

function judge(segment: string): string | undefined {
  if (drawer.test(segment.split('.')[0]!)) return `"${segment}" is a drawer: name the thing that is in it`;
  return kebab.test(segment) ? undefined : `"${segment}" is not kebab-case`;
}
