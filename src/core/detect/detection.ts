// All detectors of one machine: from a frame to what they state of it, condition by condition. Learns beside the twin
// and never touches it.

import type { Condition, Standing } from '../finding.ts';
import { newStanding } from '../finding.ts';
import type { Frame } from '../frame.ts';
import type { Track } from '../track.ts';
import type { Twin } from '../twin.ts';

/** What the configuration says of the detectors of a machine; by default all that are sensible are on. */
export interface DetectionOptions {
  readonly enabled: boolean;
}

export interface DetectionSetup {
  readonly frame: Frame;
  readonly periodS: number;
  /** By row: the source and, of several devices behind one source, the device whose samples come together; '' for none. */
  readonly origins?: readonly SignalOrigin[];
  readonly options?: DetectionOptions;
}

export interface SignalOrigin {
  readonly source: string;
  readonly device: string;
}

export interface Detection {
  /** Constant. */
  readonly conditions: readonly Condition[];
  readonly standing: Standing;
}

export function newDetection(_setup: DetectionSetup): Detection {
  return { conditions: [], standing: newStanding(0) };
}

/** After the twin's step, once a tick. */
export function detectFrame(
  _detection: Detection,
  _frame: Frame,
  _twin: Twin,
  _tracks: readonly (Track | undefined)[],
  _dtS: number,
): void {}
