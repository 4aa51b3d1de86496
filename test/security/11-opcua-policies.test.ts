// Statement 11: the good policies work, with every way to log in; nothing weaker is ever taken instead.
import { chmod } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '../sources/opcua/certificates.ts';
import { newStage, trustRejected, useStage } from '../sources/opcua/stage.ts';

useStage();

describe('11: OPC UA', () => {
  test.each(['Basic256Sha256', 'Aes256_Sha256_RsaPss'] as const)(
    '%s with SignAndEncrypt works',
    async (policy) => {
      const stage = await newStage();
      const server = await stage.serve({ policies: [policy] });
      const opened = stage.source({ security: { policy } });
      await opened.source.start(opened.feed);
      await trustRejected(stage, opened);
      await opened.flowing();
      expect(opened.source.health()).toEqual({ link: 'up', reason: '' });
      expect(server.ask('count')).toEqual({ sessions: 1, subscriptions: 1 });
    },
  );

  test('another policy than the configured one is never taken; what there is is said', async () => {
    const stage = await newStage();
    const server = await stage.serve({ policies: ['None', 'Basic256', 'Basic256Sha256'] });
    const { source, feed, down } = stage.source({ security: { policy: 'Aes256_Sha256_RsaPss' } });
    await source.start(feed);
    expect(await down('does not offer')).toBe(
      'the server does not offer SignAndEncrypt with Aes256_Sha256_RsaPss; it offers None, SignAndEncrypt with Basic256, SignAndEncrypt with Basic256Sha256',
    );
    expect(server.ask('count').sessions).toBe(0);
  });

  test('a broken policy works when it is allowed, and says so', async () => {
    const stage = await newStage();
    await stage.serve({ policies: ['Basic256'] });
    const opened = stage.source({ security: { policy: 'Basic256', allowDeprecated: true } });
    await opened.source.start(opened.feed);
    await trustRejected(stage, opened);
    await opened.flowing();
    expect(opened.source.health().insecure).toBe(true);
    expect(opened.log.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: expect.stringMatching(/^INSECURE: .*Basic256/) as string,
      }),
    );
  });

  test('a user name logs in, a wrong password does not and is not tried at once again', async () => {
    const stage = await newStage();
    await stage.serve({ policies: ['Basic256Sha256'], users: { operator: 'right' } });
    const wrong = stage.source({ username: 'operator', password: 'wr0ng-canary' });
    await wrong.source.start(wrong.feed);
    await trustRejected(stage, wrong);
    const reason = await wrong.down('refused the login');
    expect(reason).toContain('user "operator"');
    expect(JSON.stringify(wrong.log.lines) + reason).not.toContain('wr0ng-canary');
    await wrong.source.stop();
    const nobody = stage.source();
    await nobody.source.start(nobody.feed);
    expect(await nobody.down('takes no anonymous login')).toContain('it takes: user name');
    await nobody.source.stop();
    const right = stage.source({ username: 'operator', password: 'right' });
    await right.source.start(right.feed);
    await right.flowing();
  });

  test('a user certificate logs in; its key is refused when everybody may read it', async () => {
    const stage = await newStage();
    const server = await stage.serve({ policies: ['Aes256_Sha256_RsaPss'] });
    const files = await (await makeCertificate({ name: 'operator' })).write(stage.dir);
    const user = {
      userCertificate: files.file,
      userKey: files.key,
      security: { policy: 'Aes256_Sha256_RsaPss' },
    };
    const opened = stage.source(user);
    await opened.source.start(opened.feed);
    await trustRejected(stage, opened);
    await opened.flowing();
    expect(server.ask('count').sessions).toBe(1);
    await opened.source.stop();

    await chmod(files.key, 0o644);
    const exposed = stage.source(user);
    await expect(exposed.source.start(exposed.feed)).rejects.toMatchObject({ code: 'GEM_FILE_UNREADABLE' });
  });

  test('a certificate of our own choice is shown; a server that does not trust it is told apart', async () => {
    const stage = await newStage();
    await stage.serve({ policies: ['Basic256Sha256'], trusting: false });
    const { file, key } = await (await makeCertificate({ name: 'us', uri: 'urn:us' })).write(stage.dir);
    const opened = stage.source({ security: { certificate: file, key } });
    await opened.source.start(opened.feed);
    await trustRejected(stage, opened);
    expect(await opened.down('does not trust our certificate')).toContain(file);
  });
});
