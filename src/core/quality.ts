// OPC UA 32-bit status codes, the one vocabulary of quality from the sensor to the screen.

export const Quality = {
  good: 0x00000000,
  uncertain: 0x40000000,
  uncertainLastUsableValue: 0x40900000,
  uncertainSubstituteValue: 0x40910000,
  uncertainEngineeringUnitsExceeded: 0x40940000,
  uncertainSubNormal: 0x40950000,
  bad: 0x80000000,
  badCommunicationError: 0x80050000,
  badNoCommunication: 0x80310000,
  badWaitingForInitialData: 0x80320000,
  badNodeIdUnknown: 0x80340000,
  badOutOfRange: 0x803c0000,
  badTypeMismatch: 0x80740000,
  badNotConnected: 0x808a0000,
  badSensorFailure: 0x808c0000,
  badInvalidTimestamp: 0x80230000,
} as const;

const codeNames = new Map<number, string>(Object.entries(Quality).map(([name, code]) => [code, name]));

export type QualityWord = 'good' | 'uncertain' | 'bad';

/** The upper two bits are the severity; the low 16 bits are flags and never part of a comparison. */
export function isGood(code: number): boolean {
  return code >>> 30 === 0;
}

export function isBad(code: number): boolean {
  return code >>> 31 === 1;
}

export function qualityWord(code: number): QualityWord {
  return isGood(code) ? 'good' : isBad(code) ? 'bad' : 'uncertain';
}

/** `BadNoCommunication`, or the number in hex for a code the table does not name. */
export function qualityName(code: number): string {
  const masked = (code & 0xffff0000) >>> 0;
  const name = codeNames.get(masked);
  return name === undefined
    ? `0x${masked.toString(16).padStart(8, '0')}`
    : name[0]!.toUpperCase() + name.slice(1);
}

/** Same code, whatever flags the low 16 bits carry. */
export function isCode(quality: number, code: number): boolean {
  return (quality & 0xffff0000) >>> 0 === code;
}

/** The worse of two codes; the first wins a draw. */
export function worse(a: number, b: number): number {
  return b >>> 30 > a >>> 30 ? b : a;
}
