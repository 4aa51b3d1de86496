// "<source>/<tag>": whether a source of that name can deliver such a tag, and in which unit. Pure.
import { convertUnit, knownUnit } from '../core/unit.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import { type Config, type DeclaredTag, declaredTags } from './schema.ts';

export interface TagCheck {
  /** What is wrong; empty when nothing is. */
  readonly text: string;
  /** The units declared for such a tag. */
  readonly units: readonly string[];
  /** Its values are declared to be words, or true and false: states, not quantities. */
  readonly stepped: boolean;
}

const shownTags = 8;

export function checkTag(reference: string, sources: Config['sources'], unsure: boolean): TagCheck {
  const names = Object.keys(sources);
  const slash = reference.indexOf('/');
  if (slash <= 0 || slash === reference.length - 1) {
    const example = names[0] ?? 'source';
    return refuse(`"${reference}" is no tag; write "<source>/<tag>", such as "${example}/…"`);
  }
  const sourceName = reference.slice(0, slash);
  const tag = reference.slice(slash + 1);
  const source = Object.hasOwn(sources, sourceName) ? sources[sourceName] : undefined;
  if (source === undefined) {
    if (unsure) return refuse('');
    const hint = names.length === 0 ? '; there are no sources' : `; there is ${names.join(', ')}`;
    return refuse(`no source is called "${sourceName}"${didYouMean(sourceName, names) || hint}`);
  }
  const declared = declaredTags(source);
  const matching = declared.filter(({ name }) => templateMatches(name, tag));
  if (matching.length > 0 || unsure) {
    const stepped =
      matching.length > 0 && matching.every(({ kind }) => kind === 'enum' || kind === 'boolean');
    return { text: '', units: matching.map(({ unit }) => unit), stepped };
  }
  const candidates = declared.map(({ name }) => fillLike(name, tag));
  const hint = didYouMean(tag, candidates) || listed(declared);
  return refuse(`the source "${sourceName}" has no tag "${tag}"${hint}`);
}

/** Empty when one of the declared units can become the signal's; an undeclared one is taken to be it. */
export function unitText(tag: string, units: readonly string[], wanted: string): string {
  const fits = units.some((unit) => unit === '' || convertUnit(unit, wanted) !== undefined);
  if (fits || units.length === 0) return '';
  const unit = units[0] ?? '';
  const unknown = knownUnit(unit) ? '' : `; "${unit}" is no unit gemel knows`;
  return `the tag "${tag}" is in ${unit}, which cannot become ${wanted} of the signal${unknown}`;
}

/** The unit that is declared for a tag; empty when none is, or more than one. */
export function declaredUnit(reference: string, sources: Config['sources']): string {
  const units = new Set(checkTag(reference, sources, false).units.filter((unit) => unit !== ''));
  return units.size === 1 ? [...units][0]! : '';
}

function refuse(text: string): TagCheck {
  return { text, units: [], stepped: false };
}

function listed(declared: readonly DeclaredTag[]): string {
  if (declared.length === 0) return '; it declares none';
  const names = declared.slice(0, shownTags).map(({ name }) => name);
  return `; it has ${names.join(', ')}${declared.length > shownTags ? ', …' : ''}`;
}

/** A capture is one level of a topic. */
function templateMatches(template: string, tag: string): boolean {
  const source = template
    .split(/\{[^{}]*\}/)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^/]+');
  return new RegExp(`^${source}$`).test(tag);
}

/** The template with its captures filled as in `tag`, level by level, to compare like with like. */
function fillLike(template: string, tag: string): string {
  const levels = tag.split('/');
  return template
    .split('/')
    .map((level, index) => (/^\{[^{}]*\}$/.test(level) ? (levels[index] ?? level) : level))
    .join('/');
}
