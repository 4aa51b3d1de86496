// Who we are to the server: nobody, a user with a password, or the holder of a certificate.
import type { UserIdentityInfo } from 'node-opcua-client';
import type { Library } from '../library.ts';
import type { OpcuaSourceConfig } from '../schema.ts';
import { type KeyPair, readKeyPair } from './key-pair.ts';

/** Reads the files of a user certificate; undefined when the configuration names none. */
export async function readUserCertificate(config: OpcuaSourceConfig): Promise<KeyPair | undefined> {
  const { userCertificate, userKey } = config;
  if (userCertificate === undefined || userKey === undefined) return undefined;
  return readKeyPair('the user', userCertificate, userKey);
}

export function identityOf(
  { UserTokenType, crypto_utils }: Library,
  { username, password }: OpcuaSourceConfig,
  user: KeyPair | undefined,
): UserIdentityInfo {
  if (user !== undefined) {
    return {
      type: UserTokenType.Certificate,
      certificateData: user.chain[0]!.raw,
      keyOperations: crypto_utils.keyOperationsFromPrivateKey({ hidden: user.key }),
    };
  }
  if (username === undefined) return { type: UserTokenType.Anonymous };
  return { type: UserTokenType.UserName, userName: username, password: password ?? '' };
}

/** For people. */
export function identityWords({ username, userCertificate }: OpcuaSourceConfig): string {
  if (userCertificate !== undefined) return `the user certificate ${userCertificate}`;
  return username === undefined ? 'anonymous' : `user ${JSON.stringify(username)}`;
}
