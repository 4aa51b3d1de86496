// What the core has to say of its twins, on its way to people: a new version of the parameters is written down, and what
// became of a command is told with all that is known of it. Moves nothing.
import type { Core } from '../../core/step.ts';
import type { TwinCommand, TwinNews } from '../../core/twin-command.ts';
import type { GatewayEvent } from '../../ports/event.ts';
import type { KeeperClock, Kept } from './kept.ts';
import { newsEvent } from './news.ts';
import type { Outlook } from './outlook.ts';
import { leap } from './reserve.ts';
import type { Gap } from './restore.ts';
import { recordNews } from './versions.ts';

/** What is known of a command besides its words. */
export interface Circumstances {
  readonly gap?: Gap;
  readonly rolledBackTo?: number;
  text?: string;
}

interface NewsParts {
  readonly core: Core;
  readonly clock: KeeperClock;
  readonly tell: (event: GatewayEvent) => void;
}

/** Writes down what news make of the parameters, and tells people. */
export function createNewsDesk(
  { core, clock, tell }: NewsParts,
  all: readonly Kept[],
  circumstances: WeakMap<TwinCommand, Circumstances>,
  outlook: Outlook,
): (news: TwinNews, command?: TwinCommand) => void {
  return (news, command) => {
    const kept = all[news.machine];
    const machine = core.frames[news.machine]?.machine.id;
    if (machine === undefined) return;
    const about: Circumstances = (command && circumstances.get(command)) ?? {};
    const version = kept === undefined ? undefined : versionAfter(kept, news, clock.nowMs(), about);
    if (kept !== undefined) leap(kept.reserve, kept.twin);
    outlook.changed(news.machine);
    const event = newsEvent(news, { machine, timeMs: clock.nowMs(), version, ...about });
    if (event === undefined) return;
    about.text = event.text;
    tell(event);
  };
}

/** Writes the new version of the parameters down, where the news made one; the number of the newest. */
function versionAfter(
  kept: Kept,
  news: TwinNews,
  timeMs: number,
  { rolledBackTo }: Circumstances,
): number | undefined {
  const versions = recordNews(kept.versions, news, { model: kept.twin.model, timeMs, rolledBackTo });
  if (versions !== kept.versions) kept.versionsWritten = false;
  kept.versions = versions;
  return versions.at(-1)?.version;
}
