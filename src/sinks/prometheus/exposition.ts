// The Prometheus text format, version 0.0.4: families of samples to lines. Pure, and knows no metric.

export type FamilyKind = 'counter' | 'gauge' | 'summary';

/** One metric: its HELP and TYPE lines come out only when it has at least one sample. */
export interface Family {
  /** Adds one sample. A value that is not finite adds none: no series is more honest than NaN. */
  add(value: number, ...labelValues: readonly string[]): void;
  /** Of a summary: of all that its quantiles are of. */
  total(sum: number, count: number): void;
  text(): string;
}

export function newFamily(
  name: string,
  kind: FamilyKind,
  help: string,
  labelNames: readonly string[] = [],
): Family {
  let lines = '';
  return {
    add(value, ...labelValues) {
      if (!Number.isFinite(value)) return;
      lines += `${name}${labelsText(labelNames, labelValues)} ${value}\n`;
    },
    total(sum, count) {
      lines += `${name}_sum ${sum}\n${name}_count ${count}\n`;
    },
    text() {
      if (lines === '') return '';
      return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${kind}\n${lines}`;
    },
  };
}

function labelsText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return '';
  const pairs = names.map((name, i) => `${name}="${escapeLabel(values[i] ?? '')}"`);
  return `{${pairs.join(',')}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
