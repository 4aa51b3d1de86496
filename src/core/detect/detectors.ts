// All detectors by kind. Those that judge each column by itself can be run over any columns as they are.
import { changePoint } from './change-point.ts';
import { cusum } from './cusum.ts';
import { ewma } from './ewma.ts';
import { forest } from './forest/forest.ts';
import { limits } from './limits.ts';
import { pca } from './pca/pca.ts';
import { rate } from './rate.ts';
import { robustZ } from './robust-z.ts';
import { silent } from './silent.ts';
import { spectrum } from './spectrum/spectrum.ts';
import { stuck } from './stuck.ts';

export const detectors = {
  limits,
  rate,
  cusum,
  'robust-z': robustZ,
  ewma,
  'change-point': changePoint,
  stuck,
  silent,
  pca,
  forest,
  spectrum,
} as const;
