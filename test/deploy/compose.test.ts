// The compose file and what it points at: nothing exposed, no password of ours, every reference resolves.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { models } from '../../src/core/models/index.ts';
import { createAlarmCounts } from '../../src/sinks/prometheus/alarms.ts';
import { encode } from '../../src/sinks/prometheus/encode.ts';
import { goodFrame, healthOf, historyReport, layout, mqttReport } from '../sinks/prometheus/scene.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const deploy = `${root}deploy/`;
const read = (path: string) => readFileSync(path, 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly restart?: string;
  readonly hostname?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: object;
  readonly command?: readonly string[];
  readonly depends_on?: object;
  readonly environment?: Record<string, string>;
}

const composeText = read(`${deploy}compose.yaml`);
const compose = parse(composeText, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const services = Object.entries(compose.services);

function servedNames(): Set<string> {
  const health = healthOf({ history: historyReport, sinks: [mqttReport] });
  const machine = layout('m');
  const { of: alarms } = createAlarmCounts([machine]);
  const { text } = encode({ health, frames: [goodFrame(machine)], alarms, nodeVersion: '', seriesMax: 1000 });
  return new Set(text.match(/^gemel_\w+/gm));
}

describe('services', () => {
  test('are the ones promised', () => {
    expect(services.map(([name]) => name)).toEqual([
      'mosquitto',
      'gateway',
      'plant',
      'prometheus',
      'grafana',
    ]);
  });

  test.each(services)('%s: a pinned image, a restart policy, health, loopback ports', (name, service) => {
    if (service.build === undefined && name !== 'plant')
      expect(service.image).toMatch(/^[\w/-]+:v?\d+\.\d+\.\d+$/);
    expect(service.restart).toBe('unless-stopped');
    // The gateway's is in its image.
    if (name !== 'gateway') expect(service.healthcheck).toBeDefined();
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('the gateway keeps its host name, which its OPC UA certificate is for', () => {
    expect(compose.services['gateway']?.hostname).toBe('${GATEWAY_HOSTNAME:-gemel}');
  });

  test.each(services)('%s: files and volumes are there', (_name, { volumes = [], depends_on = {} }) => {
    for (const volume of volumes) {
      const source = volume.split(':')[0]!;
      if (source.startsWith('.')) {
        expect(existsSync(deploy + source), source).toBe(true);
        expect(volume, 'what is ours is mounted read-only').toMatch(/:ro$/);
      } else expect(Object.keys(compose.volumes)).toContain(source);
    }
    for (const other of Object.keys(depends_on)) expect(Object.keys(compose.services)).toContain(other);
  });

  test('every secret is required, and the example leaves it empty', () => {
    const required = [...composeText.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
    expect(new Set(required)).toEqual(
      new Set(['MQTT_GATEWAY_PASSWORD', 'MQTT_SHOP_PASSWORD', 'GRAFANA_ADMIN_PASSWORD']),
    );
    const example = read(`${deploy}.env.example`);
    for (const name of required) expect(example).toMatch(new RegExp(`^${name}=$`, 'm'));
    for (const [key, value] of services.flatMap(([, { environment = {} }]) => Object.entries(environment))) {
      if (/PASSWORD|SECRET|TOKEN/.test(key)) expect(value, key).toMatch(/^\$\{\w+:\?/);
    }
  });
});

describe('configurations it mounts', () => {
  test('the gateway loads its own, with nothing to warn of', () => {
    const { config, warnings } = loadConfig(`${deploy}gemel.yaml`, { env: { MQTT_PASSWORD: 'x' }, models });
    expect(warnings).toEqual([]);
    expect(config.broker).toMatchObject({ url: 'mqtt://mosquitto:1883', username: 'gateway' });
    expect(Object.keys(config.machines)).toEqual(['mill-1']);
  });

  test('Prometheus scrapes the port the gateway serves', () => {
    const { config } = loadConfig(`${deploy}gemel.yaml`, { env: { MQTT_PASSWORD: 'x' }, models });
    const { scrape_configs } = parse(read(`${deploy}prometheus/prometheus.yml`));
    expect(scrape_configs[0].job_name).toBe('gemel');
    expect(scrape_configs[0].static_configs[0].targets).toEqual([`gateway:${config.metrics.port}`]);
    expect(config.metrics.host).toBe('0.0.0.0');
  });

  test('Prometheus has alerts on what the gateway serves', () => {
    const { rule_files } = parse(read(`${deploy}prometheus/prometheus.yml`)) as { rule_files: string[] };
    expect(compose.services['prometheus']?.volumes).toContain(
      `./prometheus/${rule_files[0]}:/etc/prometheus/${rule_files[0]}:ro`,
    );
    const named = new Set(read(`${deploy}prometheus/${rule_files[0]}`).match(/gemel_\w+/g));
    expect(named.size).toBeGreaterThan(5);
    const served = servedNames();
    expect([...named].filter((name) => !served.has(name))).toEqual([]);
  });

  test('Mosquitto knows the users of the compose file, and no anonymous one', () => {
    expect(read(`${deploy}mosquitto/mosquitto.conf`)).toMatch(/^allow_anonymous false$/m);
    expect(read(`${deploy}mosquitto/mosquitto.conf`)).toMatch(/^set_tcp_nodelay true$/m);
    const users = [...read(`${deploy}mosquitto/acl`).matchAll(/^user (\w+)$/gm)].map(([, user]) => user);
    expect(users).toEqual(['gateway', 'shop']);
    for (const user of users) expect(read(`${deploy}mosquitto/start.sh`)).toContain(`'${user}:%s\\n'`);
  });
});

describe('the Dockerfile', () => {
  const copied = [...read(`${root}Dockerfile`).matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths]) =>
    paths!.split(' '),
  );
  const ignore = read(`${root}.dockerignore`).split('\n');

  test.each([...new Set(copied)])('copies %s, which is there and not ignored', (path) => {
    expect(existsSync(root + path)).toBe(true);
    expect(ignore).toContain(`!${path}`);
  });

  test('runs as a fixed user without rights, with a health check', () => {
    expect(read(`${root}Dockerfile`)).toMatch(/^USER 10001:10001$/m);
    expect(read(`${root}Dockerfile`)).toMatch(/^HEALTHCHECK /m);
  });
});

describe('the dashboards', () => {
  interface Panel {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly description?: string;
    readonly fieldConfig: { defaults: { unit?: string } };
    readonly targets: readonly { expr: string; datasource: { uid: string } }[];
    readonly gridPos: { x: number; w: number };
  }
  const folder = `${deploy}grafana/dashboards/`;
  const boards = readdirSync(folder).map((file) => JSON.parse(read(folder + file)));
  const panels: Panel[] = boards.flatMap((board) => board.panels);
  const provisioned = parse(read(`${deploy}grafana/provisioning/datasources/prometheus.yaml`)).datasources;

  test('have a schema Grafana still reads, and panels with ids of their own', () => {
    for (const { schemaVersion, uid } of boards) {
      expect(schemaVersion).toBeGreaterThanOrEqual(39);
      expect(uid).not.toBe('');
    }
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(boards[0].templating.list.map(({ name }: { name: string }) => name)).toContain('machine');
  });

  test.each(panels.filter(({ type }) => type !== 'row').map((panel) => [panel.title, panel] as const))(
    '%s: has a unit, a description, and queries of the provisioned source',
    (_title, { fieldConfig, description, targets, gridPos }) => {
      expect(fieldConfig.defaults.unit).toBeTruthy();
      expect(description).toMatch(/\.$/);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      expect(targets.length).toBeGreaterThan(0);
      for (const { datasource } of targets) expect(datasource.uid).toBe(provisioned[0].uid);
    },
  );
});
