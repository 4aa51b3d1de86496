// Alarms as metrics: how many stand, how many nobody has seen, how often they came. Counts what it is told of; labels are
// closed sets, never the id of an alarm.
import { type Alarm, type AlarmChange, isTold } from '../../core/alarm.ts';
import { type Cause, causes, type Severity, severities } from '../../core/finding.ts';
import { type Family, newFamily } from './exposition.ts';

export interface AlarmCounts {
  alarm(change: AlarmChange): void;
  readonly of: (machine: string) => MachineAlarms;
}

export interface MachineAlarms {
  /** Told, and their condition holds now. */
  readonly active: Readonly<Record<Severity, number>>;
  /** Told, and nobody has said that he knows. */
  readonly unacknowledged: number;
  readonly shelved: number;
  readonly raised: Readonly<Record<Severity, Readonly<Record<Cause, number>>>>;
  readonly chatter: number;
}

interface Counted {
  readonly standing: Map<string, Alarm>;
  readonly raised: Record<Severity, Record<Cause, number>>;
  chatter: number;
}

/** Only of machines that there are, so that nothing grows but with the configuration. */
export function createAlarmCounts(machines: readonly { readonly id: string }[]): AlarmCounts {
  const all = new Map(machines.map(({ id }) => [id, nothing()]));
  return {
    alarm({ kind, alarm }) {
      const machine = all.get(alarm.machine);
      if (machine === undefined) return;
      // Evidence is not what is counted, and large.
      // One that is normal and shelved is still somebody's: it is counted until it is removed.
      if (kind === 'removed') machine.standing.delete(alarm.id);
      else machine.standing.set(alarm.id, { ...alarm, evidence: undefined });
      if (kind === 'raised') machine.raised[alarm.severity][alarm.cause]++;
      if (kind === 'chattering') machine.chatter++;
    },
    of: (machine) => summaryOf(all.get(machine) ?? nothing()),
  };
}

function nothing(): Counted {
  const none = () => Object.fromEntries(causes.map((cause) => [cause, 0])) as Record<Cause, number>;
  const raised = Object.fromEntries(severities.map((severity) => [severity, none()]));
  return { standing: new Map(), raised: raised as Counted['raised'], chatter: 0 };
}

function summaryOf({ standing, raised, chatter }: Counted): MachineAlarms {
  const active = Object.fromEntries(severities.map((severity) => [severity, 0])) as Record<Severity, number>;
  let unacknowledged = 0;
  let shelved = 0;
  for (const alarm of standing.values()) {
    if (alarm.shelvedUntilMs !== undefined) shelved++;
    if (!isTold(alarm)) continue;
    if (alarm.active) active[alarm.severity]++;
    if (alarm.state !== 'acknowledged') unacknowledged++;
  }
  return { active, unacknowledged, shelved, raised, chatter };
}

export function newAlarmFamilies() {
  const gauge = (name: string, help: string, labels: readonly string[]): Family =>
    newFamily(`gemel_${name}`, 'gauge', help, labels);
  const counter = (name: string, help: string, labels: readonly string[]): Family =>
    newFamily(`gemel_${name}`, 'counter', help, labels);
  return {
    alarmsActive: gauge(
      'alarms_active',
      'Alarms whose condition holds now, without those that are shelved, suppressed or consequences of others.',
      ['machine', 'severity'],
    ),
    alarmsUnacknowledged: gauge(
      'alarms_unacknowledged',
      'Alarms that stand and that nobody has acknowledged.',
      ['machine'],
    ),
    alarmsShelved: gauge('alarms_shelved', 'Alarms that somebody has shelved for a while.', ['machine']),
    alarmsRaised: counter('alarms_raised_total', 'Alarms raised, by severity and by whose fault it was.', [
      'machine',
      'severity',
      'cause',
    ]),
    alarmChatter: counter(
      'alarm_chatter_total',
      'Alarms that came and went so often that they were joined.',
      ['machine'],
    ),
    anomalyScore: gauge(
      'anomaly_score',
      'How unusual a machine is to a kind of detector: 0 is as ever, 1 as never before.',
      ['machine', 'detector'],
    ),
  };
}

/** Of a machine. */
export const alarmSeries = severities.length * (1 + causes.length) + 3;

export function addAlarms(
  families: ReturnType<typeof newAlarmFamilies>,
  machine: string,
  { active, unacknowledged, shelved, raised, chatter }: MachineAlarms,
): void {
  families.alarmsUnacknowledged.add(unacknowledged, machine);
  families.alarmsShelved.add(shelved, machine);
  families.alarmChatter.add(chatter, machine);
  for (const severity of severities) {
    families.alarmsActive.add(active[severity], machine, severity);
    // Each from the first scrape on, so that a rate over the first alarm is right.
    for (const cause of causes) families.alarmsRaised.add(raised[severity][cause], machine, severity, cause);
  }
}
