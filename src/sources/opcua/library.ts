// The protocol library, loaded once and late.

/** Half a megabyte of modules: loaded when the first source starts, not when the program does. */
export async function loadLibrary() {
  // It would write warnings to our output by itself; what matters reaches us as errors and statuses.
  process.env['NODEOPCUA_LOG_LEVEL'] ??= '0';
  return import('node-opcua-client');
}
export type Library = Awaited<ReturnType<typeof loadLibrary>>;
