import type { IncomingHttpHeaders } from 'node:http';

/** One request to a server that stores files. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Below the server's own address, with the query: `/bucket/name?list-type=2`. Encoded. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent one part after the other, with their length in the header. */
  readonly body?: readonly Uint8Array[];
  readonly signal?: AbortSignal;
  /** May be used for the body of the answer if that fits, in place of new memory. */
  readonly room?: Buffer;
  /** Bytes; a longer body of the answer is not read further: `repository-damaged`. */
  readonly maxLength: number;
}

/** What a server answered, whatever the status. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Whole: a body that is cut off is an error that may pass. Not a piece of Node's pool. */
  readonly body: Buffer;
}

/**
 * A way to one server. Each call is one try. Throws `aborted`, and where no whole answer comes (no name, no
 * connection, no trust in the certificate, cut off) `target-unavailable` or `storage-error`, with `mayPass` where
 * another try may help. No message holds a password or a query.
 */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Gives back the connections. */
  close(): Promise<void>;
}
