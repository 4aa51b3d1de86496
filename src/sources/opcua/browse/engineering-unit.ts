// The unit a server states (an EUInformation) in the words of this gateway.
import { knownUnit } from '../../../core/unit.ts';

/** UNECE Recommendation 20 codes; a server's id is the code as a number, three characters of eight bits. */
const codes: Readonly<Record<string, string>> = {
  AMP: 'A',
  '4K': 'mA',
  VLT: 'V',
  '2Z': 'mV',
  KVT: 'kV',
  WTT: 'W',
  KWT: 'kW',
  JOU: 'J',
  KJO: 'kJ',
  WHR: 'Wh',
  KWH: 'kWh',
  CEL: 'degC',
  KEL: 'K',
  FAH: 'degF',
  MTR: 'm',
  MMT: 'mm',
  '4H': 'um',
  INH: 'in',
  MTS: 'm/s',
  C16: 'mm/s',
  MSK: 'm/s2',
  RPM: 'rpm',
  HTZ: 'Hz',
  '2A': 'rad/s',
  NEW: 'N',
  B47: 'kN',
  NU: 'Nm',
  PAL: 'Pa',
  KPA: 'kPa',
  BAR: 'bar',
  MBR: 'mbar',
  P1: '%',
  SEC: 's',
  C26: 'ms',
  MIN: 'min',
  HUR: 'h',
  L2: 'l/min',
  MQH: 'm3/h',
};

const spellings: Readonly<Record<string, string>> = {
  '1/min': 'rpm',
  'r/min': 'rpm',
  'U/min': 'rpm',
  'min⁻¹': 'rpm',
  'min-1': 'rpm',
  N·m: 'Nm',
  'N m': 'Nm',
  'N.m': 'Nm',
  'm³/h': 'm3/h',
  'L/min': 'l/min',
  μm: 'um',
  '°': '',
};

/** `unit` is empty where the gateway knows none of that name. */
export function engineeringUnit(raw: unknown): { unit: string; text: string } | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { unitId, displayName } = raw as { unitId?: unknown; displayName?: { text?: unknown } | null };
  const text = typeof displayName?.text === 'string' ? displayName.text.trim() : '';
  const spelled = spellings[text] ?? text;
  const unit = knownUnit(spelled) ? spelled : (codes[codeOf(unitId)] ?? '');
  return text === '' && unit === '' ? undefined : { unit, text: text === '' ? unit : text };
}

function codeOf(unitId: unknown): string {
  if (typeof unitId !== 'number' || unitId <= 0) return '';
  const letters = [unitId >> 16, unitId >> 8, unitId].map((part) => part & 0xff).filter((part) => part > 0);
  return String.fromCharCode(...letters);
}
