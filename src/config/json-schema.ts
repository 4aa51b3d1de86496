// config/gemel.schema.json: what an editor needs to complete and check a configuration while it is typed. Pure.
import { configShape, isGroup, type Shape } from './shape.ts';

export function jsonSchemaText(): string {
  const { $schema, ...rest } = tidy(configShape()) as Shape & { readonly $schema: string };
  const head = {
    $schema,
    title: 'Gemel configuration',
    description: 'Generated from the zod schemas by `gemel schema --write`; do not edit.',
  };
  return `${JSON.stringify({ ...head, ...rest }, null, 2)}\n`;
}

/**
 * Drops what only looks like information: the largest safe integer as a maximum, `{}` as a default, our own marks.
 * A text of a certain form may also be a reference, which an editor cannot look behind.
 */
function tidy(value: unknown, inNames = false): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => tidy(item));
  if (!isGroup(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => !isNoise(key, item))
      .map(([key, item]) =>
        key === 'pattern' && typeof item === 'string' && !inNames
          ? [key, `(?:${item})|\\$\\{`]
          : [key, tidy(item, key === 'propertyNames')],
      ),
  );
}

function isNoise(key: string, item: unknown): boolean {
  if (key === 'maximum') return item === Number.MAX_SAFE_INTEGER;
  if (key === 'minimum') return item === Number.MIN_SAFE_INTEGER;
  if (key === 'file') return item === true;
  return key === 'default' && isGroup(item) && Object.keys(item).length === 0;
}
