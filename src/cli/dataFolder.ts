import type { DiskPath } from '../base/pathKinds.ts';
import { defaultRepositoryPaths, parentFolder } from '../engine/index.ts';

/** Where Cairn keeps what is its own, beside the default repository. */
export function dataFolder(): DiskPath {
  return parentFolder(defaultRepositoryPaths().repository);
}
