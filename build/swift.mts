/**
 * OpenStack Swift with its S3 interface, a real object store of several nodes for the tests: packages of Debian or Ubuntu,
 * unpacked into `.cache/swift/` and not installed, since installed they would run as services.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchOnce, root, run } from './fetch.mts';
import { findTool } from './tools.mts';

const packages = ['swift-proxy', 'swift-account', 'swift-container', 'swift-object', 'python3-swift', 'memcached'];

/** The folder that the packages are in, as if it were `/`; throws what to do where that cannot be. */
export function bringSwift(): string {
  return fetchOnce(join(root, '.cache/swift'), (temporary) => {
    if (findTool({ command: 'apt-get', debian: 'apt' }) === undefined) {
      throw new Error(
        'The tests of S3 need OpenStack Swift. On Debian or Ubuntu they bring it themselves; elsewhere they cannot run.',
      );
    }
    console.error('Fetching OpenStack Swift');
    const archives = mkdtempSync(join(tmpdir(), 'cairn-swift-'));
    try {
      mkdirSync(join(archives, 'partial'));
      if (spawnSync('apt-cache', ['show', packages[0]!]).status !== 0) run('apt-get', ['-qq', 'update'], archives);
      const options = [
        `Dir::Cache::archives=${archives}`,
        // Else a warning that another user cannot write here.
        'APT::Sandbox::User=root',
        // Nothing is installed, so it need not wait for others who do, nor be root.
        'Debug::NoLocking=1',
      ].flatMap((option) => ['-o', option]);
      run(
        'apt-get',
        [...options, '-qq', '--yes', '--no-install-recommends', '--download-only', 'install', ...packages],
        archives,
      );
      for (const name of readdirSync(archives).filter((file) => file.endsWith('.deb')))
        run('dpkg-deb', ['--extract', join(archives, name), temporary], archives);
    } finally {
      rmSync(archives, { recursive: true, force: true });
    }
  });
}
