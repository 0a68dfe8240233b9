import { parseDuration } from '../../src/engine/forget/duration.ts';
import { parseKeepCount, parseTagList } from '../../src/engine/forget/policy.ts';
import type { ForgetPolicy } from '../../src/engine/forget/policy.ts';

/** The policy of a restic command line like `--keep-last 2 --keep-within-daily 1m --keep-tag a,b`; single blanks between. */
export function parsePolicyArguments(text: string): ForgetPolicy {
  const policy: Record<string, unknown> = {};
  const tags: string[][] = [];
  const words = text.split(' ');
  for (let i = 0; i < words.length; i += 2) {
    const value = words[i + 1]!;
    const name = words[i]!.replace(/^--keep-/, '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (name === 'tag') tags.push([...parseTagList(value)]);
    else policy[name] = name.startsWith('within') ? parseDuration(value) : parseKeepCount(value);
  }
  return { ...policy, ...(tags.length > 0 && { tags }) };
}
