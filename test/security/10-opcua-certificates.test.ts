// Statement 10: an unknown certificate of a server is refused and kept; `gemel trust` shows its fingerprint and
// trusts it on command; expired, revoked and wrong ApplicationUri are refused, each with its own words.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runTrust, type TrustOptions } from '../../src/cli/trust.ts';
import { gemel } from '../gemel-process.ts';
import { type Made, makeAuthority, makeCertificate, type Wanted } from '../sources/opcua/certificates.ts';
import { newStage, type Stage, useStage } from '../sources/opcua/stage.ts';

const applicationUri = 'urn:maker:cnc';
const dayMs = 86_400_000;

useStage();

async function trust(stage: Stage, wanted: string | undefined, more: TrustOptions = {}): Promise<string> {
  let said = '';
  await runTrust(wanted, { stateDir: stage.stateDir, ...more }, {}, (text) => {
    said += text;
  });
  return said;
}

async function serveWith(stage: Stage, made: Made, name = applicationUri) {
  return stage.serve({ certificate: await made.write(stage.dir), applicationUri: name });
}

describe('10: an unknown certificate', () => {
  test('is refused and kept, shown by its fingerprint, trusted on command without a restart', async () => {
    const stage = await newStage();
    const made = await makeCertificate({ name: 'cnc', uri: applicationUri });
    const server = await serveWith(stage, made);
    const { source, feed, down, flowing, log } = stage.source();
    await source.start(feed);
    const reason = await down('is not trusted');
    const { fingerprint, fingerprint256 } = made.certificate;
    expect(reason).toContain(fingerprint);
    expect(reason).toContain(join(stage.pkiDir, 'rejected'));
    expect(feed.samples).toEqual([]);
    expect(server.ask('count').sessions).toBe(0);

    const shown = gemel(['trust', '--state-dir', stage.stateDir]);
    expect(await shown.ended()).toBe(0);
    for (const words of [
      fingerprint,
      fingerprint256,
      applicationUri,
      'CN=cnc',
      `opc.tcp://127.0.0.1:${stage.port}`,
    ])
      expect(shown.out()).toContain(words);
    const command = /gemel trust ([0-9A-F]+)/.exec(reason)![1]!;
    expect(await trust(stage, command)).toMatch(/^now trusted:/);
    await flowing();
    // Whatever happens how often: once in the log.
    expect(log.lines.filter(({ message }) => message === 'the OPC UA server is away')).toHaveLength(1);
    const listed = JSON.parse(await trust(stage, undefined, { json: true })) as { certificates: object[] };
    expect(listed.certificates).toMatchObject([
      { standing: 'trusted', sha1: fingerprint.replaceAll(':', '') },
    ]);
  });

  test('that replaces a trusted one is said to have changed; one of a trusted authority is let in', async () => {
    const stage = await newStage();
    const authority = await makeAuthority('Plant CA');
    const [first, second] = await Promise.all([
      makeCertificate({ name: 'first', uri: applicationUri }),
      makeCertificate({ name: 'second', uri: applicationUri }),
    ]);
    const third = await makeCertificate({ name: 'third', uri: applicationUri, by: authority });
    await trust(stage, (await first.write(stage.dir)).file);
    const server = await serveWith(stage, first);
    const { source, feed, flowing, down } = stage.source();
    await source.start(feed);
    await flowing();

    await server.stop();
    const rotated = await serveWith(stage, second);
    expect(await down('has changed')).toContain(second.certificate.fingerprint);

    await rotated.stop();
    await writeFile(join(stage.dir, 'ca.crl'), await authority.revoke([]));
    expect(await trust(stage, (await authority.write(stage.dir)).file)).toContain(
      'what it signs is accepted',
    );
    expect(await trust(stage, join(stage.dir, 'ca.crl'))).toContain('kept the revocation list');
    await serveWith(stage, third);
    await flowing();
  });

  test('no longer trusted, it is refused at the next attempt', async () => {
    const stage = await newStage();
    const made = await makeCertificate({ name: 'cnc', uri: applicationUri });
    await trust(stage, (await made.write(stage.dir)).file);
    const server = await serveWith(stage, made);
    const { source, feed, flowing, down } = stage.source();
    await source.start(feed);
    await flowing();
    expect(await trust(stage, undefined, { remove: made.certificate.fingerprint256 })).toMatch(
      /^no longer trusted/,
    );
    server.ask('close-sessions');
    await down('is not trusted');
  });
});

describe('10: a trusted certificate with a fault is refused, and the fault is named', () => {
  const uri = applicationUri;
  const past = { fromMs: Date.now() - 20 * dayMs, untilMs: Date.now() - 10 * dayMs };
  const future = { fromMs: Date.now() + dayMs, untilMs: Date.now() + 10 * dayMs };
  const faults: [name: string, wanted: Partial<Wanted>, words: RegExp][] = [
    ['expired', { uri, ...past }, /expired on \d{4}-\d\d-\d\d/],
    ['not valid yet', { uri, ...future }, /is not valid before/],
    ['for another application', { uri: 'urn:maker:other' }, /is for the application urn:maker:other, but/],
    ['without an application', {}, /names no application, but/],
  ];
  test.each(faults)('%s', async (_name, wanted, words) => {
    const stage = await newStage();
    const made = await makeCertificate({ name: 'cnc', ...wanted });
    await trust(stage, (await made.write(stage.dir)).file);
    const server = await serveWith(stage, made);
    const { source, feed, down } = stage.source();
    await source.start(feed);
    await down(words);
    expect(feed.samples).toEqual([]);
    expect(server.ask('count').sessions).toBe(0);
  });

  test.each([
    ['revoked', true, ['127.0.0.1'], /was revoked by CN=Plant CA/],
    ['perhaps revoked: there is no list', false, ['127.0.0.1'], /whether .* was revoked is not known/],
    [
      'for another host',
      false,
      ['cnc.plant', '10.1.2.3'],
      /is for cnc\.plant, 10\.1\.2\.3, not for 127\.0\.0\.1/,
    ],
  ])('of an authority, %s', async (name, revoked, hosts, words) => {
    const stage = await newStage();
    const authority = await makeAuthority('Plant CA');
    const made = await makeCertificate({ name: 'cnc', uri: applicationUri, by: authority, hosts });
    await trust(stage, (await authority.write(stage.dir)).file);
    if (!name.startsWith('perhaps')) {
      const folder = join(stage.pkiDir, 'issuers', 'crl');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'plant.crl'), await authority.revoke(revoked ? [made.certificate] : []));
    }
    await serveWith(stage, made);
    const { source, feed, down } = stage.source();
    await source.start(feed);
    await down(words);
    expect(feed.samples).toEqual([]);
  });
});
