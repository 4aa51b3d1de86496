// What somebody asks of the twin of a machine while the gateway runs: put to the core as a command, and answered when it
// is on the disk.
import type { TwinCommand } from '../../core/twin-command.ts';
import type { Checkpoints } from './checkpoint.ts';
import type { Commands } from './commands.ts';
import { answerOf, commandOf } from './fulfil.ts';
import type { Kept } from './kept.ts';
import type { Circumstances } from './news-desk.ts';
import type { TwinAnswer, TwinRequest } from './request.ts';

interface Asked {
  readonly all: readonly Kept[];
  readonly commands: Commands;
  readonly checkpoints: Checkpoints;
  readonly circumstances: WeakMap<TwinCommand, Circumstances>;
}

/** Answers when what was asked for is on the disk. */
export async function answerTwin(
  { all, commands, checkpoints, circumstances }: Asked,
  request: Exclude<TwinRequest, { kind: 'alarm' | 'alarms' }>,
): Promise<TwinAnswer> {
  const kept = all.find(({ id }) => id === request.machine);
  if (kept === undefined) {
    const there = all.map(({ id }) => id).join(', ') || 'none';
    return { ok: false, why: `there is no machine ${request.machine}; there is ${there}` };
  }
  const parameters = () =>
    Object.fromEntries(kept.twin.model.parameters.map(({ name }, p) => [name, kept.twin.parameters[p]!]));
  const parametersBefore = parameters();
  const wanted = commandOf(request, kept.versions, parametersBefore);
  if (typeof wanted === 'string') return { ok: false, why: wanted };
  const about: Circumstances = wanted.rolledBackTo === undefined ? {} : { rolledBackTo: wanted.rolledBackTo };
  circumstances.set(wanted.command, about);
  const news = await commands.offer(wanted.command);
  const version = kept.versions.at(-1)?.version ?? 0;
  const answer = answerOf({
    news,
    text: about.text ?? '',
    parametersBefore,
    parameters: parameters(),
    version,
  });
  if (!answer.ok) return answer;
  const trouble = await checkpoints.durable(kept);
  return trouble === ''
    ? answer
    : { ...answer, text: `${answer.text}. It is not on the disk yet: ${trouble}` };
}
