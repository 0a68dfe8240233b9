import { bringNewerRestic } from '../../build/newerRestic.mts';

/** Once in a run: brings the newer restic that a project of the tests has first in its PATH. */
export function setup(): void {
  bringNewerRestic();
}
