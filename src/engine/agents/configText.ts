/** Adds hooks to the text of a JSON file and takes them out again, leaving all else as a person wrote it: pure. */
import { applyEdits, modify, parse, type JSONPath, type ParseError } from 'jsonc-parser';
import { CairnError } from '../../base/errors.ts';
import { isOurs, newFile, type ConfiguredAgent, type HookEntry } from './agentConfigs.ts';

/** At an offset of the text, so many characters came in the place of these. */
export interface TextStep {
  readonly offset: number;
  readonly added: number;
  readonly removed: string;
}

/** A text with the hooks in it, and what was done to it, in order. */
export interface ChangedText {
  readonly text: string;
  readonly steps: readonly TextStep[];
}

type Json = Readonly<Record<string, unknown>>;

/**
 * The text with all entries in it; those of ours that are there already, of whatever version, are replaced. Without a
 * change there are no steps. Throws `refused` for a text that is no JSON, or has no place for hooks; `file` is for the
 * message.
 */
export function addHooks(
  agent: ConfiguredAgent,
  text: string,
  entries: readonly HookEntry[],
  file: string,
): ChangedText {
  if (text.trim() === '') {
    const hooks = Object.fromEntries(entries.map(({ event, value }) => [event, [value]]));
    return recordStep(text, `${JSON.stringify({ ...newFile(agent), hooks }, undefined, 2)}\n`, []);
  }
  let changed: ChangedText = { text, steps: [] };
  for (const { event, value } of entries) {
    const list = listOf(changed.text, event, file);
    const at = list.findIndex((other) => isOurs(agent, other));
    if (at >= 0 && JSON.stringify(list[at]) === JSON.stringify(value)) continue;
    const path: JSONPath = ['hooks', event, ...(list.length === 0 ? [] : [at >= 0 ? at : list.length])];
    const next = edit(changed.text, path, list.length === 0 ? [value] : value, at < 0 && list.length > 0);
    const expected = at >= 0 ? list.with(at, value) : [...list, value];
    if (JSON.stringify(listOf(next, event, file)) !== JSON.stringify(expected)) throw refusal(file, 'is written oddly');
    changed = recordStep(changed.text, next, changed.steps);
  }
  return changed;
}

/** The text as it was before the steps. */
export function undoSteps({ text, steps }: ChangedText): string {
  return steps.reduceRight(
    (later, { offset, added, removed }) => later.slice(0, offset) + removed + later.slice(offset + added),
    text,
  );
}

/** The text without hooks of ours, whoever else changed it since. Throws `refused`, as {@link addHooks} does. */
export function removeHooks(agent: ConfiguredAgent, text: string, file: string): string {
  if (text.trim() === '') return text;
  let rest = text;
  for (const event of Object.keys(hooksOf(text, file))) {
    const list = listOf(text, event, file);
    for (const [at, entry] of [...list.entries()].reverse())
      rest = withoutOurs(agent, rest, ['hooks', event, at], entry);
    if (list.length > 0 && listOf(rest, event, file).length === 0) rest = edit(rest, ['hooks', event], undefined);
  }
  const hadSome = rest !== text;
  return hadSome && Object.keys(hooksOf(rest, file)).length === 0 ? edit(rest, ['hooks'], undefined) : rest;
}

/** Which of the entries are there as they should be. */
export function presentEntries(text: string, entries: readonly HookEntry[], file: string): HookEntry[] {
  if (text.trim() === '') return [];
  return entries.filter(({ event, value }) =>
    listOf(text, event, file).some((other) => JSON.stringify(other) === JSON.stringify(value)),
  );
}

/** The parts of the file beside the hooks. Throws `refused`, as {@link addHooks} does. */
export function settingsIn(text: string, file: string): Json {
  return text.trim() === '' ? {} : readObject(text, file);
}

/** A person may have added a hook of their own to an entry of ours. */
function withoutOurs(agent: ConfiguredAgent, text: string, path: JSONPath, entry: unknown): string {
  if (isOurs(agent, entry)) return edit(text, path, undefined);
  const { hooks } = (entry ?? {}) as { readonly hooks?: unknown };
  if (!Array.isArray(hooks)) return text;
  const ours = [...(hooks as unknown[]).entries()].filter(([, hook]) => isOurs(agent, hook)).map(([at]) => at);
  return ours.reduceRight((rest, at) => edit(rest, [...path, 'hooks', at], undefined), text);
}

function listOf(text: string, event: string, file: string): unknown[] {
  const list = hooksOf(text, file)[event];
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw refusal(file, `has something else than a list in "hooks"."${event}"`);
  return list as unknown[];
}

function hooksOf(text: string, file: string): Json {
  const { hooks } = readObject(text, file);
  if (hooks === undefined) return {};
  if (!isObject(hooks)) throw refusal(file, 'has something else than an object in "hooks"');
  return hooks;
}

function readObject(text: string, file: string): Json {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || !isObject(value)) throw refusal(file, 'is no JSON object');
  return value;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function edit(text: string, path: JSONPath, value: unknown, isArrayInsertion = false): string {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  const formattingOptions = {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
  return applyEdits(text, modify(text, path, value, { isArrayInsertion, formattingOptions }));
}

/** What was done, in as few characters as say it: what stands around it is nobody's business. */
function recordStep(before: string, after: string, steps: readonly TextStep[]): ChangedText {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const step = {
    offset: start,
    added: after.length - end - start,
    removed: before.slice(start, before.length - end),
  };
  return { text: after, steps: [...steps, step] };
}

function refusal(file: string, what: string): CairnError {
  return new CairnError('refused', `${file} ${what}, so nothing was changed in it. Correct it, and try again.`);
}
