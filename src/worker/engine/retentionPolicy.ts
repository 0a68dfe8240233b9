import { CairnError } from '../../base/errors.ts';
import { checkPolicy, parseDuration, parseKeepCount, type ForgetPolicy } from '../../engine/index.ts';

const periods = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/**
 * The policy that a setting like `{"keep-within": "1d", "keep-daily": 7}` describes, in the words of
 * `restic forget`. Throws `usage` for rules that there are not, and if it says nothing.
 */
export function parseRetentionPolicy(setting: Readonly<Record<string, string | number>>): ForgetPolicy {
  const policy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(setting)) {
    const rule = /^keep-(last|within|(within-)?(\w+))$/.exec(name);
    const period = periods.find((each) => each === rule?.[3]);
    if (rule?.[1] === 'within') policy['within'] = parseDuration(String(value));
    else if (rule?.[1] === 'last') policy['last'] = parseKeepCount(String(value));
    else if (period === undefined) throw new CairnError('usage', `There is no rule "${name}" in a retention policy.`);
    else if (rule?.[2] === undefined) policy[period] = parseKeepCount(String(value));
    else policy[`within${period[0]!.toUpperCase()}${period.slice(1)}`] = parseDuration(String(value));
  }
  checkPolicy(policy);
  return policy;
}
