// A DataValue as the library hands it over, as far as it matters here.

export interface WireValue {
  readonly value?: WireVariant | null;
  readonly statusCode: { readonly value: number };
  readonly sourceTimestamp?: Date | null;
  readonly serverTimestamp?: Date | null;
}

export interface WireVariant {
  readonly dataType: number;
  readonly arrayType: number;
  /** Of a matrix; its values lie row after row. */
  readonly dimensions?: readonly number[] | null;
  readonly value?: unknown;
}
