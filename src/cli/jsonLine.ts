import { displayJson } from '../base/rawName.ts';

/** One line of `--json` output. Names of fields are restic's where restic has the same thing. */
export interface JsonLine {
  readonly message_type: string;
  readonly [field: string]: unknown;
}

/** Bytes of names that are not UTF-8 come out as `\udc80`…`\udcff` (`base/rawName.ts`), large integers with all digits, and nothing as it is that a terminal would obey. */
export function toJson(line: object): string {
  return displayJson(
    JSON.stringify(line, (_key, value: unknown) => (typeof value === 'bigint' ? bigintToJson(value) : value)),
  );
}

function bigintToJson(value: bigint): unknown {
  // Not in TypeScript's library yet.
  const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };
  return rawJSON(String(value));
}
