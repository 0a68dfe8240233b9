import * as vscode from 'vscode';
import { parseLocation, type FarLocation } from '../../../base/location.ts';

/** A server by SSH as a person names it. */
export interface SshServer {
  readonly user?: string;
  readonly host: string;
  readonly port?: number;
}

/** `host`, `user@host`, `user@host:port`, or a name of ssh's configuration; a text says why it is none. */
export function readServer(text: string): SshServer | string {
  const match =
    /^(?:(?<user>[^@\s:/]+)@)?(?:\[(?<address>[\da-fA-F:.%\w]+)\]|(?<host>[^@:/[\]]+))(?::(?<port>\d{1,5}))?$/.exec(
      text.trim().replace(/^(?:ssh|sftp):\/\//i, ''),
    );
  const { user, address, host = address, port } = match?.groups ?? {};
  const isOption = host?.startsWith('-') || user?.startsWith('-');
  if (host === undefined || isOption || Number(port ?? 22) > 65_535)
    return vscode.l10n.t('Give it as host, user@host or user@host:port.');
  return { host, ...(user !== undefined && { user }), ...(port !== undefined && { port: Number(port) }) };
}

/** A folder of such a server, as a location. */
export function sftpLocation({ user, host, port }: SshServer, folder: string): string {
  const login = user === undefined ? '' : `${user}@`;
  const name = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? `sftp:${login}${name}:${folder}` : `sftp://${login}${name}:${port}/${folder}`;
}

/** An address of restic's REST server, as a location; undefined if it is none. */
export function restLocation(text: string): string | undefined {
  const location = text.trim().replace(/^(?!rest:)/i, 'rest:');
  return parseLocation(location).kind === 'rest' ? location : undefined;
}

/** Endpoint, and bucket with what is below it, as a location; undefined if they are none. */
export function s3Location(endpoint: string, bucket: string): string | undefined {
  const place = bucket.trim().replace(/^\/+|\/+$/g, '');
  const location = `s3:${endpoint.trim().replace(/^s3:/i, '').replace(/\/+$/, '')}/${place}`;
  return place !== '' && parseLocation(location).kind === 's3' ? location : undefined;
}

/** What a target may be called, by the place where it lies. */
export function placeName(location: FarLocation): string {
  switch (location.kind) {
    case 'sftp':
      return location.host;
    case 'rest':
      return new URL(location.url).hostname;
    case 's3':
      return location.bucket;
    case 'rclone':
      return location.remote.slice(0, location.remote.indexOf(':')) || location.remote;
  }
}
