// The plants gemel knows. Another one is a folder here and a line below.
import type { Model } from '../model.ts';
import { mill } from './mill/index.ts';

export const models: ReadonlyMap<string, Model> = new Map([mill].map((model) => [model.id, model]));
