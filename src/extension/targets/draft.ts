import { parseLocation } from '../../base/location.ts';
import type { PasswordSource, RepositoryRef } from '../../worker/engineProtocol/refs.ts';
import type { FarPlace } from './far/trial.ts';
import { targetAccess } from './targetAccess.ts';
import type { Target } from './targetStore.ts';

/** What is known so far of a target that is being added. */
export interface Draft extends Omit<FarPlace, 'name'> {
  kind: Target['kind'];
  name: string;
  password: PasswordSource | undefined;
  /** Nobody has seen the password yet. */
  isGenerated: boolean;
  replicaOf: string | undefined;
  keep: number | undefined;
}

export function newDraft(): Draft {
  return {
    kind: 'repository',
    name: '',
    location: '',
    options: {},
    credentials: {},
    cacert: undefined,
    tlsClientCert: undefined,
    probe: undefined,
    password: undefined,
    isGenerated: false,
    replicaOf: undefined,
    keep: undefined,
  };
}

/** The target as the settings have it, without its secrets. */
export function targetOf(draft: Draft, id: string): Target {
  const { kind, name, location, options, cacert, tlsClientCert, password, replicaOf, keep } = draft;
  return {
    id,
    name,
    kind,
    location,
    ...(password?.from === 'file' && { passwordFile: password.path }),
    ...(password?.from === 'command' && { passwordCommand: password.command }),
    ...accessOf({ options, cacert, tlsClientCert }),
    ...(replicaOf !== undefined && { replicaOf }),
    ...(keep !== undefined && { keep }),
  };
}

/** What of the way to a place stands in the settings. */
export function accessOf({
  options,
  cacert,
  tlsClientCert,
}: Pick<FarPlace, 'options' | 'cacert' | 'tlsClientCert'>): Pick<Target, 'options' | 'cacert' | 'tlsClientCert'> {
  return {
    ...(Object.keys(options).length > 0 && { options }),
    ...(cacert !== undefined && { cacert }),
    ...(tlsClientCert !== undefined && { tlsClientCert }),
  };
}

/** How the engine opens what a person has named so far. */
export async function refOf(draft: Draft): Promise<RepositoryRef> {
  const { location, password, credentials } = draft;
  return {
    location,
    ...(parseLocation(location).kind !== 'local' && {
      access: await targetAccess(targetOf(draft, ''), credentials, true),
    }),
    ...(password && { password }),
  };
}
