import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { executeMirror, type MirrorResult } from '../../src/engine/mirror/executeMirror.ts';
import type { ExecuteMirrorOptions } from '../../src/engine/mirror/mirrorRun.ts';
import { planMirror, type PlanMirrorOptions } from '../../src/engine/mirror/planMirror.ts';
import { MANIFEST_NAME } from '../../src/engine/mirror/manifestFormat.ts';
import { LOCK_NAME } from '../../src/engine/mirror/mirrorLock.ts';
import { expectSameTree } from './sameTree.ts';

/** Plans and executes. */
export async function mirror(
  source: string,
  destination: string,
  options: PlanMirrorOptions & ExecuteMirrorOptions = {},
): Promise<MirrorResult> {
  return executeMirror(await planMirror(source, destination, options), options);
}

/** Fails unless the copy is the source and a manifest, and nothing is left to do. */
export async function expectMirrored(
  source: string,
  destination: string,
  options: PlanMirrorOptions = {},
): Promise<void> {
  expectSameTree(destination, source, [MANIFEST_NAME]);
  const { isDone, totals, leftovers } = await planMirror(source, destination, options);
  const toDo = Object.entries(totals).filter(([name, count]) => !name.startsWith('unchanged') && count > 0);
  if (toDo.length + leftovers.length > 0) {
    throw new Error(`Something is left to do: ${JSON.stringify({ isDone, totals, leftovers })}`);
  }
}

/** A lock that was cut off in its writing counts until it is some seconds old. */
export function letTimePass(copy: string): void {
  const names = existsSync(copy) ? readdirSync(copy) : [];
  for (const name of names.filter((each) => each.startsWith(LOCK_NAME))) utimesSync(join(copy, name), 1, 1);
}
