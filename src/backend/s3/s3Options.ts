import { CairnError } from '../../base/errors.ts';
import { readCount } from '../readOption.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';

/** What restic's `-o s3.…` says; the names are restic's. */
export interface S3Options {
  readonly connections: number;
  readonly region?: string;
  /** Where the name of the bucket stands: in that of the host, in the path, or as the provider has it. */
  readonly bucketLookup: 'auto' | 'dns' | 'path';
  readonly storageClass?: string;
  /** The older call for listing, for servers that know no other. */
  readonly listsByV1: boolean;
  /** Without credentials. */
  readonly isAnonymous: boolean;
}

const DEFAULT_CONNECTIONS = 5;

/** All that are known. `s3.retries` changes nothing: how often something is tried is not decided here. */
export const S3_OPTIONS: ReadonlySet<string> = new Set([
  's3.connections',
  's3.region',
  's3.bucket-lookup',
  's3.storage-class',
  's3.list-objects-v1',
  's3.unsafe-anonymous-auth',
  's3.retries',
]);

/** Reads the options that are for S3. Throws `usage`, also for an option that is not known: it may be important. */
export function readS3Options({ options }: StorageAccess): S3Options {
  for (const [name, value] of Object.entries(options)) {
    const isUsualLayout = name === 's3.layout' && (value === '' || value === 'default');
    if (name.startsWith('s3.') && !S3_OPTIONS.has(name) && !isUsualLayout) throw unknownOption(name);
  }
  const region = options['s3.region'];
  const storageClass = options['s3.storage-class'];
  const bucketLookup = (options['s3.bucket-lookup'] || 'auto').toLowerCase();
  if (bucketLookup !== 'auto' && bucketLookup !== 'dns' && bucketLookup !== 'path')
    throw wrongOption('s3.bucket-lookup', 'auto, dns or path', bucketLookup);
  return {
    connections: readCount(options, 's3.connections', DEFAULT_CONNECTIONS),
    ...(region && { region: checkWord('s3.region', region) }),
    bucketLookup,
    ...(storageClass && { storageClass: checkWord('s3.storage-class', storageClass) }),
    listsByV1: readFlag('s3.list-objects-v1', options['s3.list-objects-v1']),
    isAnonymous: readFlag('s3.unsafe-anonymous-auth', options['s3.unsafe-anonymous-auth']),
  };
}

/** As Go reads it, and with it restic. */
function readFlag(name: string, text: string | undefined): boolean {
  if (text === undefined || /^(?:0|f|false)$/i.test(text)) return false;
  if (/^(?:1|t|true)$/i.test(text)) return true;
  throw wrongOption(name, 'true or false', text);
}

/** It becomes a part of a header. */
function checkWord(name: string, text: string): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text;
  throw wrongOption(name, 'one word', text);
}

function unknownOption(name: string): CairnError {
  const names = [...S3_OPTIONS].join(', ');
  return new CairnError('usage', `-o ${name.slice(0, 80)} is not an option for S3. There are ${names}.`);
}

function wrongOption(name: string, wanted: string, text: string): CairnError {
  return new CairnError('usage', `-o ${name} takes ${wanted}, and not "${text.slice(0, 80)}".`);
}
