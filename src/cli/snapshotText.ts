import { parseSnapshotTags, SHORT_ID_LENGTH, type StoredSnapshot } from '../engine/index.ts';

/** An id as people see it. */
export function shortId(id: string): string {
  return id.slice(0, SHORT_ID_LENGTH);
}

/** A snapshot with restic's field names, and who changed what it has, if that is said of it. */
export function snapshotToData({ id, snapshot }: StoredSnapshot): object {
  const { programVersion, summary, unknown, unread, attributesUntil, ...fields } = snapshot;
  const { actor } = parseSnapshotTags(snapshot.tags ?? []);
  return {
    ...unknown,
    ...fields,
    ...(programVersion !== undefined && { program_version: programVersion }),
    ...(summary && {
      summary: Object.fromEntries(Object.entries(summary).map(([name, value]) => [toSnakeCase(name), value])),
    }),
    ...(unread && { cairn_unread: unread }),
    ...(attributesUntil !== undefined && { cairn_attributes_until: attributesUntil }),
    ...(actor && { actor }),
    id,
    short_id: shortId(id),
  };
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
