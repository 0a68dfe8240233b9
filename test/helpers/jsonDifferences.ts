/** What JSON holds. */
export type Json = null | boolean | number | string | Json[] | { readonly [name: string]: Json };

/** What differs from restic: fields that are missing, of another type, or in other places. More fields are fine. */
export function differences(expected: Json, found: Json | undefined, place: string): string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(found)) return [`${place} is no array`];
    if (expected.length !== found.length) return [`${place} has ${found.length} entries and not ${expected.length}`];
    return expected.flatMap((entry, at) => differences(entry, found[at], `${place}[${at}]`));
  }
  if (expected !== null && typeof expected === 'object') {
    if (found === null || typeof found !== 'object' || Array.isArray(found)) return [`${place} is no object`];
    return Object.entries(expected).flatMap(([name, value]) => differences(value, found[name], `${place}.${name}`));
  }
  if (found === undefined) return [`${place} is missing`];
  const same = found === null ? expected === null : typeof found === typeof expected;
  return same ? [] : [`${place} is ${JSON.stringify(found)} and not ${JSON.stringify(expected)}`];
}
