/**
 * restic's own REST server for the tests: that of this machine if it is there, else that of Debian 13, kept in
 * `.cache/rest-server/`.
 */
import { join } from 'node:path';
import { fetchFromDebian13 } from './debian13.mts';
import { root } from './fetch.mts';
import { canInstall, findTool } from './tools.mts';

/** The path of the program; throws what to do where there is none. */
export function findRestServer(): string {
  const tool = { aliases: ['restic-rest-server'], variable: 'REST_SERVER', debian: 'restic-rest-server' };
  const own = findTool({ command: 'rest-server', ...tool });
  if (own !== undefined) return own;
  if (!canInstall()) {
    throw new Error(
      'The tests need the rest-server of restic. As root on Debian or Ubuntu they bring it themselves; elsewhere set ' +
        'REST_SERVER to the path of one (https://github.com/restic/rest-server), and run them again.',
    );
  }
  const folder = fetchFromDebian13(tool.debian, join(root, '.cache/rest-server'), 'tests with a REST server');
  return join(folder, 'usr/bin', tool.debian);
}
