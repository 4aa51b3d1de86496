// The plants gemel knows. Another one is a folder here and a line below.
import type { Model } from '../model.ts';
import { mill } from './mill/index.ts';
import { motor } from './motor/index.ts';

export const models: ReadonlyMap<string, Model> = new Map([mill, motor].map((model) => [model.id, model]));
