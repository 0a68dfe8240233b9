import type { CallOptions } from '../backend.ts';
import type { HttpAnswer } from '../http/httpClient.ts';
import { readListPage, type ListedObject } from './listPage.ts';
import type { S3Request } from './s3Client.ts';

/** Bytes that a page of 1,000 names may have: they have up to 1,024 bytes each, and each of these up to 5 in XML. */
const MAX_PAGE_LENGTH = 16 * 1024 * 1024;

/** How to list. */
export interface ListWay {
  readonly isV1: boolean;
  /** Sends one request; throws for every answer but 200. */
  send(request: S3Request): Promise<HttpAnswer>;
  /** What to throw for an answer that is no list. */
  odd(what: string): Error;
}

/** What a list is about. */
export interface ListQuery {
  /** All names begin with it. */
  readonly prefix: string;
  /** With names that have a `/` after the prefix. */
  readonly isDeep: boolean;
  /** A page has at most so many; as the server likes if absent. */
  readonly pageSize?: number;
}

/** All objects whose names begin so, page by page; the next is asked for when those of the one before are taken. */
export async function* listObjects(
  way: ListWay,
  query: ListQuery,
  call: CallOptions,
): AsyncGenerator<readonly ListedObject[]> {
  const cursor = way.isV1 ? 'marker' : 'continuation-token';
  const first = firstQuery(way, query);
  for (let from: string | undefined; ;) {
    const answer = await way.send({
      ...call,
      method: 'GET',
      query: from === undefined ? first : { ...first, [cursor]: from },
      maxLength: MAX_PAGE_LENGTH,
    });
    const page = readListPage(answer.body.toString('utf8'), way.isV1);
    if (!page) throw way.odd('it is no list, or only a part of one');
    yield page.objects;
    if (page.next === undefined) return;
    if (page.next === from) throw way.odd('it goes on where it began');
    from = page.next;
  }
}

function firstQuery({ isV1 }: ListWay, { prefix, isDeep, pageSize }: ListQuery): Record<string, string> {
  return {
    ...(!isV1 && { 'list-type': '2' }),
    prefix,
    // Names may have characters that XML has no way to write.
    'encoding-type': 'url',
    ...(!isDeep && { delimiter: '/' }),
    ...(pageSize !== undefined && { 'max-keys': String(pageSize) }),
  };
}
