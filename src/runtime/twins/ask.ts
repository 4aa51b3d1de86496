// The asker's side of the mailbox: puts a request there, waits for the answer, and takes the request back when none
// comes, so that nothing is done that nobody was told of.
import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { GemError } from '../../errors.ts';
import { parseAnswer, requestForm, type TwinAnswer, type TwinWish } from './request.ts';

const lookEveryMs = 50;
/** A gateway looks twice a second, and answers when its disk has it. */
const answerDeadlineMs = 20_000;

export async function askGateway(
  folder: string,
  wish: TwinWish,
  deadlineMs = answerDeadlineMs,
): Promise<TwinAnswer> {
  const name = `${process.pid}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
  const request = join(folder, `${name}.request`);
  const answer = join(folder, `${name}.answer`);
  await post(folder, request, { v: requestForm, sentMs: Date.now(), ...wish });
  const text = await answered(answer, deadlineMs);
  if (text === undefined) {
    // Where it is gone it was taken, and may have been done.
    const withdrawn = await rm(request).then(
      () => true,
      () => false,
    );
    const late = withdrawn ? undefined : await answered(answer, deadlineMs);
    if (late === undefined) {
      const why = withdrawn ? 'the request was not taken' : 'it took the request and said no more of it';
      throw new GemError('GEM_REQUEST_UNANSWERED', { dir: folder, why });
    }
    return read(late, answer, folder);
  }
  return read(text, answer, folder);
}

async function post(folder: string, file: string, content: object): Promise<void> {
  try {
    await writeFile(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
    // The superuser may ask a gateway that is not one.
    const { uid, gid } = await stat(folder);
    if (process.getuid?.() === 0 && uid !== 0) await chown(`${file}.new`, uid, gid);
    await rename(`${file}.new`, file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EACCES' ? 'only the user it runs as may ask it; try `sudo -u`' : message;
    throw new GemError('GEM_REQUEST_UNANSWERED', { dir: folder, why }, error);
  }
}

async function answered(file: string, deadlineMs: number): Promise<string | undefined> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
    if (performance.now() > end) return undefined;
    await wait(lookEveryMs);
  }
}

async function read(text: string, file: string, folder: string): Promise<TwinAnswer> {
  await rm(file, { force: true });
  const answer = parseAnswer(text);
  if (answer === undefined) {
    throw new GemError('GEM_REQUEST_UNANSWERED', {
      dir: folder,
      why: 'its answer is not understood; is it of another version?',
    });
  }
  return answer;
}
