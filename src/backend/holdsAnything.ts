import type { S3Location, SftpLocation } from '../base/location.ts';
import type { StorageAccess, StorageSettings } from '../base/storageAccess.ts';
import { listObjects } from './s3/listObjects.ts';
import { S3Client, type S3Request } from './s3/s3Client.ts';
import { oddAnswer, s3Error } from './s3/s3Errors.ts';
import { readS3Options } from './s3/s3Options.ts';
import { readFolder } from './sftp/sftpFiles.ts';
import { SftpSession } from './sftp/sftpSession.ts';

/**
 * Whether anything lies at a place elsewhere, a repository or not: one is not made among the files of others. Undefined
 * where the storage cannot tell. Throws as the calls of its backend do.
 */
export async function holdsAnything(
  { location, access }: StorageSettings,
  signal: AbortSignal | undefined,
): Promise<boolean | undefined> {
  if (location.kind === 'sftp') return holdsFiles(location, access, signal);
  return location.kind === 's3' ? holdsObjects(location, access, signal) : undefined;
}

async function holdsFiles(location: SftpLocation, access: StorageAccess, signal: AbortSignal | undefined) {
  const session = new SftpSession(location, access);
  try {
    const entries = await session.use(signal, (connection) => readFolder(connection, location.path));
    return entries !== undefined && entries.length > 0;
  } finally {
    await session.close();
  }
}

async function holdsObjects(location: S3Location, access: StorageAccess, signal: AbortSignal | undefined) {
  const { bucket, prefix } = location;
  const options = readS3Options(access);
  const client = new S3Client(location, access, options, bucket);
  const way = {
    isV1: options.listsByV1,
    send: async (request: S3Request) => {
      const answer = await client.send(request);
      const call = { action: 'list', file: 'The list', location: bucket, secrets: client.secrets } as const;
      if (answer.status !== 200) throw s3Error(answer, call);
      return answer;
    },
    odd: (what: string) => oddAnswer(what, 'The list', bucket),
  };
  const query = { prefix: prefix === '' ? '' : `${prefix}/`, isDeep: true, pageSize: 1 };
  try {
    for await (const page of listObjects(way, query, { ...(signal && { signal }) })) return page.length > 0;
    return false;
  } finally {
    await client.close();
  }
}
