// Browse paths as people write them: names from the root down, each with its namespace by name or number.
// Pure. `&` before a character takes it as it is (OPC 10000-4 Annex A.2).

/** One step down. A namespace is a URI, a number, or that of the step before. */
export interface PathStep {
  readonly namespace: string | number;
  readonly name: string;
}

const stepsMax = 64;

/** The steps below Root, or what is wrong with the text. */
export function parseBrowsePath(text: string): readonly PathStep[] | string {
  const wanted = 'expected a path such as "/Objects/nsu=urn:maker:machine;Spindle/Speed"';
  if (!text.startsWith('/')) return wanted;
  const steps: PathStep[] = [];
  let namespace: string | number = 0;
  let at = 0;
  while (at < text.length) {
    at++; // the slash
    const uri = /^nsu=([^;]+);/.exec(text.slice(at));
    const number = /^(\d{1,5}):/.exec(text.slice(at));
    if (uri !== null) namespace = uri[1]!;
    else if (number !== null) namespace = Number(number[1]);
    at += (uri ?? number)?.[0].length ?? 0;
    const end = nameEnd(text, at);
    const name = text.slice(at, end).replace(/&(.)/gs, '$1');
    if (name === '') return wanted;
    if (steps.push({ namespace, name }) > stepsMax) return `a path of more than ${stepsMax} names`;
    at = end;
  }
  return steps;
}

function nameEnd(text: string, start: number): number {
  for (let i = start; i < text.length; i++) {
    if (text[i] === '&') i++;
    else if (text[i] === '/') return i;
  }
  return text.length;
}

/** With today's numbers; undefined when the server lacks one of the namespaces. */
export function numberSteps(
  steps: readonly PathStep[],
  namespaces: readonly string[],
): { namespaceIndex: number; name: string }[] | undefined {
  const numbered = steps.map(({ namespace, name }) => ({
    namespaceIndex: typeof namespace === 'number' ? namespace : namespaces.indexOf(namespace),
    name,
  }));
  return numbered.some(({ namespaceIndex }) => namespaceIndex < 0) ? undefined : numbered;
}
