// The courses that a column takes: of a few rows, and of as many as what repeats in it is long. Is there any like it among
// those before?
import { keepShape, lookForShape, newShapes, type Shapes } from './shape.ts';
import { learnSize, newTail, surpriseOf, type Tail } from './tail.ts';

/** Of a course: so many points, each the mean of some rows. */
const points = 16;
const coursesKept = 192;
/** Of a moment: so many rows. */
const momentRows = 4;
const momentsKept = 96;
/** A moment at the edge of what was there has few neighbours, and is none the stranger for it. */
const momentTrust = 0.8;
/** Where nothing repeats, a course is so long. */
const courseRows = 48;
const courseRowsMax = 2048;
/** What is learnt from with less than this may not be normal, and is no example. */
const exampleShare = 0.4;

export interface Courses {
  readonly moments: Shapes;
  readonly momentTail: Tail;
  readonly moment: Float64Array;
  readonly examples: Shapes;
  readonly courseTail: Tail;
  readonly course: Float64Array;
  /** The newest last. */
  readonly points: Float64Array;
  readonly pointRows: number;
  pointsSeen: number;
  /** Of the point in the making. */
  sum: number;
  count: number;
  /** Of the newest course, until there is the next. */
  surprise: number;
}

/** `beat`: rows after which it repeats; 0: it does not. */
export function newCourses(beat: number): Courses {
  const rows = beat > 0 ? Math.min(beat, courseRowsMax) : courseRows;
  return {
    moments: newShapes(momentRows, momentsKept, 24),
    momentTail: newTail(),
    moment: new Float64Array(momentRows),
    examples: newShapes(points, coursesKept, points / 2),
    courseTail: newTail(),
    course: new Float64Array(points),
    points: new Float64Array(points),
    pointRows: Math.max(1, Math.round(rows / points)),
    ...{ pointsSeen: 0, sum: 0, count: 0, surprise: 0 },
  };
}

/** This value and those just before it, newest first; the first of `lags` is this value, unless it was taken back. */
export function watchMoment(courses: Courses, value: number, lags: Float64Array, share: number): number {
  const { moments, moment, momentTail } = courses;
  moment.set(lags);
  moment[0] = value;
  const distance = lookForShape(moments, moment);
  const found = look(momentTail, distance, share);
  keepShape(moments, moment, distance, share > exampleShare);
  return momentTrust * found;
}

export function watchCourse(courses: Courses, value: number, share: number): number {
  const { points: newest, course, examples, courseTail } = courses;
  courses.sum += value;
  if (++courses.count < courses.pointRows) return courses.surprise;
  newest.copyWithin(0, 1);
  newest[points - 1] = courses.sum / courses.count;
  courses.sum = 0;
  courses.count = 0;
  if (++courses.pointsSeen < points) return 0;
  let mean = 0;
  for (let k = 0; k < points; k++) mean += newest[k]! / points;
  for (let k = 0; k < points; k++) course[k] = newest[k]! - mean;
  const distance = lookForShape(examples, course);
  courses.surprise = look(courseTail, distance, share);
  keepShape(examples, course, distance, share > exampleShare);
  return courses.surprise;
}

/** `size`: NaN where nothing can be said yet. */
function look(tail: Tail, size: number, share: number): number {
  if (Number.isNaN(size)) return 0;
  const found = surpriseOf(tail, size);
  learnSize(tail, size, found, share);
  return found;
}
