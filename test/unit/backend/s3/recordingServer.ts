import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as it arrived. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query, encoded. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** What to answer; the status is 200 unless stated. */
export interface PlannedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RecordingServer {
  readonly endpoint: string;
  readonly requests: RecordedRequest[];
}

/** A server that notes what is asked and answers as it is told: for what the real one does not do. */
export async function startRecordingServer(
  answer: (request: RecordedRequest) => PlannedAnswer,
): Promise<RecordingServer> {
  const requests: RecordedRequest[] = [];
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const request = { method, url, headers, body: Buffer.concat(parts) };
      requests.push(request);
      const { status = 200, headers: more = {}, body = '' } = answer(request);
      response.writeHead(status, more).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** An answer that says no, in the XML of S3. */
export function refusal(status: number, code: string, more = ''): PlannedAnswer {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>Something about ${code}.</Message>${more}</Error>`,
  };
}
