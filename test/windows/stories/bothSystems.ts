import { join } from 'node:path';
import { attempt } from './attempt.ts';
import { cairnOn } from './cairn.ts';
import { describe, differences } from './tree.ts';

export interface BothSystemsInput {
  readonly commandLine: string;
  /** Has a folder `src`, and two repositories made of it on Linux: one by restic, one by Cairn. */
  readonly root: string;
  /** The path of `src` on Linux, which has it in those snapshots. */
  readonly source: string;
}

/** Windows reads what Linux has stored, and adds the same content. */
export function run({ commandLine, root, source }: BothSystemsInput) {
  const here = join(root, 'src');
  const before = describe(here);
  const use = (maker: string) => {
    const cairn = cairnOn(join(root, `by ${maker}`), commandLine);
    const target = join(root, `restored, by ${maker}`);
    return {
      verify: attempt(() => cairn.run(['verify', '--read-data']).status),
      restore: attempt(() => {
        const summary = cairn.summary(['restore', `latest:${source}`, '--target', target]);
        return { summary, differences: differences(describe(target), before) };
      }),
      backup: attempt(() => cairn.summary(['backup', here])),
    };
  };
  return { files: before.size, restic: use('restic'), cairn: use('cairn') };
}
