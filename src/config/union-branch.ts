// zod answers a failed union with the complaints of whichever branch failed mildest, which need not be the one
// the writer meant. This asks the meant branch alone. Pure.
import type { z } from 'zod';
import type { Path } from './problem.ts';
import { configSchema } from './schema.ts';
import { branchesOf, childShape, childValue, likelyBranch, type Shape } from './shape.ts';

/** As much of a zod definition as walking needs. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly options?: readonly z.ZodType[];
  readonly discriminator?: string;
  readonly innerType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly element?: z.ZodType;
}

export interface MeantBranch {
  /** Where the union stands. */
  readonly path: Path;
  readonly issues: readonly z.core.$ZodIssue[];
}

/** The first union of groups on the way along `path`, judged by the branch meant; undefined: there is none. */
export function judgeMeantBranch(
  path: Path,
  from: number,
  root: Shape,
  values: { readonly written: unknown; readonly resolved: unknown },
): MeantBranch | undefined {
  let schema: z.ZodType | undefined = unwrap(configSchema);
  let shape: Shape | undefined = root;
  let { written, resolved } = values;
  for (let depth = 0; depth <= path.length && schema !== undefined && shape !== undefined; depth++) {
    const { options } = definition(schema);
    if (options !== undefined) {
      const chosen: z.ZodType | undefined = options[likelyBranch(branchesOf(shape), written)];
      if (chosen === undefined) return undefined;
      const plain = definition(schema).discriminator === undefined;
      if (plain && depth >= from && branchesOf(shape).some(({ type }) => type === 'object')) {
        return { path: path.slice(0, depth), issues: chosen.safeParse(resolved).error?.issues ?? [] };
      }
      schema = unwrap(chosen);
    }
    const key = path[depth];
    if (key === undefined) return undefined;
    shape = childShape(shape, key, written);
    schema = childSchema(schema, key);
    written = childValue(written, key);
    resolved = childValue(resolved, key);
  }
  return undefined;
}

function definition(schema: z.ZodType): Definition {
  return schema.def as unknown as Definition;
}

function unwrap(schema: z.ZodType): z.ZodType {
  const inner = definition(schema).innerType;
  return inner === undefined ? schema : unwrap(inner);
}

function childSchema(schema: z.ZodType, key: string | number): z.ZodType | undefined {
  const { shape, valueType, element } = definition(schema);
  const child = shape?.[key] ?? valueType ?? element;
  return child === undefined ? undefined : unwrap(child);
}
