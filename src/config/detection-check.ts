// What can be wrong with what is to be watched on a machine: names of signals, and limits that cannot be meant. Pure.
import type { Model } from '../core/model.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import type { Complaint } from './derived-check.ts';
import type { MachineConfig } from './machine.ts';
import { dotted, type Path } from './problem.ts';

export function checkDetection(path: Path, machine: MachineConfig, model: Model): Complaint[] {
  const { limits, ignore, detectors } = machine.detection;
  const specs = [...model.inputs, ...model.outputs];
  const known = [
    ...specs.map(({ name }) => name),
    ...Object.keys(machine.extra),
    ...Object.keys(machine.derived),
  ];
  const at = [...path, 'detection'];
  const found: Complaint[] = [];
  const complain = (where: Path, which: 'key' | 'value', text: string) =>
    found.push({ path: where, which, text: `${dotted(where)}: ${text}` });
  const worn = (model.wear ?? []).map(({ state }) => state);
  const check = (where: Path, which: 'key' | 'value', name: string, names = known) => {
    if (names.includes(name)) return;
    complain(where, which, `there is no signal "${name}"${didYouMean(name, names)}`);
  };
  for (const [name, entry] of Object.entries(limits)) {
    check([...at, 'limits', name], 'key', name, [...known, ...worn]);
    if (entry === 'off') continue;
    const own = worn.includes(name) || model.limits?.some(({ signal }) => signal === name) === true;
    for (const { above, warning, trip, side = 'high' } of [entry].flat()) {
      if (above !== undefined) check([...at, 'limits', name], 'value', above);
      if (!own && warning === undefined && trip === undefined)
        complain([...at, 'limits', name], 'value', 'a limit needs a warning or a trip');
      if (warning === undefined || trip === undefined || warning === trip) continue;
      if (trip > warning !== (side === 'high'))
        complain([...at, 'limits', name], 'value', `a trip is beyond its warning, on the ${side} side`);
    }
  }
  for (const [kind, { signals = [], warning, trip }] of Object.entries(detectors)) {
    for (const [i, name] of signals.entries()) check([...at, 'detectors', kind, 'signals', i], 'value', name);
    if (kind !== 'rate' && (warning ?? trip) !== undefined)
      complain([...at, 'detectors', kind], 'value', 'only rate has a warning and a trip');
  }
  for (const [what, list] of Object.entries(ignore))
    for (const [i, name] of list.entries()) check([...at, 'ignore', what, i], 'value', name);
  return found;
}
