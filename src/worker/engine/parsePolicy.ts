import { CairnError } from '../../base/errors.ts';
import { checkPolicy, parseDuration, parseKeepCount, parseTagList, type ForgetPolicy } from '../../engine/index.ts';
import type { PolicyWords } from '../engineProtocol/targets.ts';

/** Understands a policy in the words of `restic forget`: `keep-last`, `keep-within-daily`, … Throws `usage`. */
export function parsePolicy(words: PolicyWords): ForgetPolicy {
  const policy: Record<string, unknown> = {};
  for (const [word, value] of Object.entries(words)) {
    const text = String(value);
    const [, within, period] = /^keep-(within-)?(last|hourly|daily|weekly|monthly|yearly)$/.exec(word) ?? [];
    if (word === 'keep-within') policy['within'] = parseDuration(text);
    else if (word === 'keep-tag') policy['tags'] = [parseTagList(text)];
    else if (period === undefined || (within && period === 'last')) throw unknownWord(word);
    else if (within) policy[`within${period[0]!.toUpperCase()}${period.slice(1)}`] = parseDuration(text);
    else policy[period] = parseKeepCount(text);
  }
  checkPolicy(policy);
  return policy;
}

function unknownWord(word: string): CairnError {
  return new CairnError(
    'usage',
    `A retention policy cannot have "${word}". Give words of restic forget, such as keep-last or keep-within-daily.`,
  );
}
