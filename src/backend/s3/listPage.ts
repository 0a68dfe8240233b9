import { elementsInside, elementText } from './xml.ts';

/** One object of a list. */
export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified?: number;
}

/** A part of a list. */
export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Where the list goes on: a token of the server's, or in the older call the name before it; absent at its end. */
  readonly next?: string;
}

/**
 * Reads the answer to ListObjects or ListObjectsV2. Nothing for what is no whole answer: to take it for a short list
 * would be to take what is there for absent.
 */
export function readListPage(xml: string, isV1 = false): ListPage | undefined {
  const isTruncated = elementText(xml, 'IsTruncated');
  if (!/<\/ListBucketResult>\s*$/.test(xml) || (isTruncated !== 'true' && isTruncated !== 'false')) return undefined;
  const isEncoded = elementText(xml, 'EncodingType')?.toLowerCase() === 'url';
  const objects: ListedObject[] = [];
  for (const entry of elementsInside(xml, 'Contents')) {
    const key = decodeKey(elementText(entry, 'Key'), isEncoded);
    const size = elementText(entry, 'Size');
    if (key === undefined || size === undefined || !/^\d{1,15}$/.test(size)) return undefined;
    const modified = Date.parse(elementText(entry, 'LastModified') ?? '');
    objects.push({ key, size: Number(size), ...(!Number.isNaN(modified) && { modified }) });
  }
  if (isTruncated === 'false') return { objects };
  const next = isV1
    ? (decodeKey(elementText(xml, 'NextMarker'), isEncoded) ?? objects.at(-1)?.key)
    : elementText(xml, 'NextContinuationToken');
  return next ? { objects, next } : undefined;
}

function decodeKey(text: string | undefined, isEncoded: boolean): string | undefined {
  if (text === undefined || !isEncoded) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
