// Which gateway is meant by a command that names none, where there is no configuration: what a new user does beside a demo.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { historyPath } from '../../src/cli/history-file.ts';
import { stateHere } from '../../src/cli/state-here.ts';
import { twinStateDir } from '../../src/cli/twin-files.ts';
import { stateDir, useCleanUp } from '../broker/fixture.ts';

useCleanUp();

describe('without a configuration', () => {
  test('it is the one the environment names, and only when something is kept there', async () => {
    const dir = await stateDir();
    const env = { GEMEL_STATE_DIR: dir };
    expect(stateHere('twins', env)).toBeUndefined();
    await expect(twinStateDir({}, env)).rejects.toThrow(
      '--config or --state-dir says which gateway is meant',
    );
    mkdirSync(join(dir, 'twins'));
    writeFileSync(join(dir, 'history.db'), '');
    expect(stateHere('twins', env)).toBe(dir);
    expect(await twinStateDir({}, env)).toBe(dir);
    expect(await historyPath({}, env)).toBe(join(dir, 'history.db'));
  });
});
