/**
 * The little of XML that S3 speaks: elements without attributes that matter, text with escapes. Untrusted, so nothing in
 * it is expanded but the five names of XML and numbers of characters.
 */

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The text of the first element of a name, without the escapes; nothing if there is none. */
export function elementText(xml: string, name: string): string | undefined {
  const inner = elementInside(xml, name, 0)?.inside;
  return inner === undefined ? undefined : unescapeXml(inner);
}

/** What is within each element of a name, one after the other. */
export function* elementsInside(xml: string, name: string): Generator<string> {
  for (let at = 0; ;) {
    const found = elementInside(xml, name, at);
    if (!found) return;
    yield found.inside;
    at = found.end;
  }
}

interface Found {
  readonly inside: string;
  /** Where to look for the next one. */
  readonly end: number;
}

function elementInside(xml: string, name: string, from: number): Found | undefined {
  for (let at = from; ;) {
    const start = xml.indexOf(`<${name}`, at);
    if (start < 0) return undefined;
    const afterName = start + name.length + 1;
    const opened = xml.indexOf('>', afterName);
    if (opened < 0) return undefined;
    at = opened + 1;
    // `<KeyCount>` begins as `<Key>` does.
    if (!/[\s/>]/.test(xml[afterName]!)) continue;
    if (xml[opened - 1] === '/') return { inside: '', end: at };
    const closed = xml.indexOf(`</${name}>`, at);
    return closed < 0 ? undefined : { inside: xml.slice(at, closed), end: closed + name.length + 3 };
  }
}

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi,
    (whole, hex?: string, number?: string, name?: string) => {
      if (name !== undefined) return named[name] ?? whole;
      const code = hex === undefined ? Number(number) : parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
