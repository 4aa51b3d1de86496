// How a connection is protected: with which certificate of ours, and with none that is weaker than was asked for.
import { GemError } from '../../../errors.ts';
import type { Log } from '../../../ports.ts';
import { loadLibrary } from '../library.ts';
import { isDeprecated, isInsecure, type OpcuaSourceConfig, weakness } from '../schema.ts';
import { configuredCertificate, ensureOwnCertificate, type OwnCertificate } from './own-certificate.ts';

export function ownCertificate({ security }: OpcuaSourceConfig, pkiDir: string): Promise<OwnCertificate> {
  const { certificate, key } = security;
  if (certificate === undefined || key === undefined)
    return ensureOwnCertificate(loadLibrary, pkiDir, Date.now());
  return configuredCertificate({ certificate, key });
}

/** A password never travels without encryption, whatever else is allowed to. */
export function refuseInsecure(source: string, config: OpcuaSourceConfig): void {
  const { url, security } = config;
  if (isInsecure(config)) throw new GemError('GEM_OPCUA_INSECURE', { source, url });
  if (isDeprecated(config))
    throw new GemError('GEM_OPCUA_DEPRECATED', { source, url, policy: security.policy });
}

export function sayInsecure(source: string, { url, security }: OpcuaSourceConfig, log: Log): void {
  const how = {
    none: 'without encryption, because security.allowNone is set: whoever is on the way can forge',
    deprecated: `with ${security.policy}, because security.allowDeprecated is set: it can be broken`,
  };
  const lack = weakness({ security });
  if (lack !== undefined) log.warn({ source, url }, `INSECURE: OPC UA ${how[lack]}`);
}
