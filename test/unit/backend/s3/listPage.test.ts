import { describe, expect, test } from 'vitest';
import { readListPage } from '../../../../src/backend/s3/listPage.ts';

const page = (inside: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inside}</ListBucketResult>`;
const entry = (key: string, size = '7') =>
  `<Contents><Key>${key}</Key><LastModified>2026-11-30T09:00:00.000Z</LastModified><ETag>&quot;ab&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
const end = '<IsTruncated>false</IsTruncated>';

describe('a page of a list', () => {
  test('has names, lengths and times', () => {
    expect(readListPage(page(`<Name>b</Name>${end}<KeyCount>2</KeyCount>${entry('a/b')}${entry('c', '0')}`))).toEqual({
      objects: [
        { key: 'a/b', size: 7, modified: Date.UTC(2026, 10, 30, 9) },
        { key: 'c', size: 0, modified: Date.UTC(2026, 10, 30, 9) },
      ],
    });
  });

  test('may be empty', () => {
    expect(readListPage(page(`<Prefix/>${end}`))).toEqual({ objects: [] });
  });

  test.each([
    ['a &amp; b &lt;c&gt; &quot;d&quot; &apos;e&apos;', `a & b <c> "d" 'e'`],
    ['&#x1F600;&#128512;&#38;amp;', '😀😀&amp;'],
    ['&unknown; &#x110000; &', '&unknown; &#x110000; &'],
    ['a+b%20c', 'a+b%20c'],
  ])('takes the escapes of XML out of %s', (text, key) => {
    expect(readListPage(page(end + entry(text)))?.objects[0]?.key).toBe(key);
  });

  test.each([
    ['a+b%20c%2Fd%2B', 'a b c/d+'],
    ['%C3%A4%00%1F', 'ä\u0000\u001f'],
  ])('takes the escapes of a URL out of %s where it says so', (text, key) => {
    expect(readListPage(page(`<EncodingType>url</EncodingType>${end}${entry(text)}`))?.objects[0]?.key).toBe(key);
  });

  test('says where the list goes on', () => {
    const truncated = '<IsTruncated>true</IsTruncated>';
    const token = '<NextContinuationToken>a+b/c==&amp;</NextContinuationToken>';
    expect(readListPage(page(truncated + token + entry('x')))?.next).toBe('a+b/c==&');
    expect(readListPage(page(truncated + entry('x') + entry('y')), true)?.next).toBe('y');
    expect(readListPage(page(`${truncated}<NextMarker>z</NextMarker>${entry('x')}`), true)?.next).toBe('z');
  });

  test.each([
    ['nothing', ''],
    ['another document', '<html><body>Please log in</body></html>'],
    ['one that is cut off', page(end + entry('x')).slice(0, -5)],
    ['one that does not say whether it is all', page(entry('x'))],
    ['one that goes on nowhere', page(`<IsTruncated>true</IsTruncated>${entry('x')}`)],
    ['an object without a name', page(`${end}<Contents><Size>1</Size></Contents>`)],
    ['an object without a length', page(`${end}<Contents><Key>x</Key></Contents>`)],
    ['a length that is none', page(end + entry('x', '-1'))],
    ['a name that is encoded wrongly', page(`<EncodingType>url</EncodingType>${end}${entry('%C3%')}`)],
  ])('is not found in %s', (_, text) => {
    expect(readListPage(text)).toBeUndefined();
  });
});
