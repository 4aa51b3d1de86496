// Goes through the futures of a machine one by one: the load of each, what is left of its components' lives, how warm it
// gets. Writes when each failure comes.
import { calendarSlots, isOn } from './calendar.ts';
import type { Heat } from './heat.ts';
import { drawHeat, type Future, newWalk, walkHeat } from './heat-walk.ts';
import type { ForecastJob } from './job.ts';
import { drawLeft, drawNormals, type Lives, livesTimes, newDraws } from './lives.ts';
import { newRandom } from './random.ts';
import { blocksUntil, drawRuns, newRuns, type Runs } from './runs.ts';
import type { SeenLoad } from './seen-load.ts';
import { drawWorld, prospectOf, type World } from './world.ts';

/** Futures that share a draw of how the load may be: of a thousand futures, a hundred opinions of the load. Even. */
const futuresAWorld = 10;
/** What lies beyond is not seen to come. Eleven years, as in wear/outlook.ts. */
const hoursMax = 1e5;

/** Into `hours[failure][particle]`. */
export function passFutures(
  job: ForecastJob,
  lives: Lives,
  seen: SeenLoad,
  heat: Heat | undefined,
  hours: readonly Float64Array[],
): void {
  const { particles, timeMs } = job;
  const random = newRandom(job.seed);
  const prospect = prospectOf(seen);
  const blocksAhead = Math.ceil((job.horizonH * 3600) / seen.blockS);
  const runs = newRuns(blocksAhead);
  const draws = newDraws(lives);
  const walk = heat && newWalk(heat, blocksAhead);
  const wearTimes = new Float64Array(lives.wear.length);
  const { wear: wearNow } = lives;
  let world = drawWorld(prospect, timeMs, random);
  let on = onAhead(world, blocksAhead);
  for (let i = 0; i < particles; i++) {
    if (i > 0 && i % futuresAWorld === 0) {
      world = drawWorld(prospect, timeMs, random);
      on = onAhead(world, blocksAhead);
    }
    const mirror = i % 2 === 1;
    drawNormals(draws, mirror, random);
    drawRuns(runs, world, blocksAhead, random);
    const tell = (failure: number, blocks: number) => {
      hours[failure]![i] = (blocks * seen.blockS) / 3600;
    };
    passWear(lives, draws, world, runs, tell);
    if (heat === undefined || walk === undefined) continue;
    drawHeat(walk, mirror, random);
    livesTimes(lives, draws, wearTimes);
    const future: Future = { world, on, runs, seen, wearTimes, wearNow };
    walkHeat(heat, walk, future, tell);
  }
  // To the hour, beyond the horizon of a block that is not whole.
  for (const each of hours)
    for (let i = 0; i < each.length; i++) if (each[i]! > hoursMax) each[i] = Number.POSITIVE_INFINITY;
}

function passWear(
  lives: Lives,
  draws: Float64Array,
  world: World,
  runs: Runs,
  tell: (failure: number, blocks: number) => void,
): void {
  for (let k = 0; k < lives.lives.length; k++) {
    const { component, failure } = lives.lives[k]!;
    const on = blocksUntil(runs, world, component, drawLeft(lives, k, draws));
    tell(failure, on > 0 && Number.isFinite(on) ? calendarSlots(world.calendar, on) : on);
  }
}

function onAhead({ calendar }: World, blocksAhead: number): Uint8Array {
  return Uint8Array.from({ length: blocksAhead }, (_, b) => (isOn(calendar, b) ? 1 : 0));
}
