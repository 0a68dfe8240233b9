/**
 * Runs in a process of its own for mirrorLock.test.ts: `node mirrorLockChild.ts FOLDER`. For each message with a
 * moment in milliseconds it claims the folder at that moment, and answers `held`, `locked`, or `two at once`.
 */
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../src/base/errors.ts';
import { lockMirror } from '../../src/engine/mirror/mirrorLock.ts';

const folder = process.argv[2]!;
const proof = join(folder, 'proof');
/** Milliseconds for which the folder is held. */
const HOLD_MS = 3;

process.on('message', (moment: number) => process.send!(claimAt(moment)));
process.send!('ready');

function claimAt(moment: number): string {
  waitUntil(moment);
  try {
    const unlock = lockMirror(folder);
    const isAlone = prove();
    unlock();
    return isAlone ? 'held' : 'two at once';
  } catch (error) {
    return errorCode(error) === 'locked' ? 'locked' : String(error);
  }
}

/** False if another has made the proof while it holds the folder, too. */
function prove(): boolean {
  try {
    closeSync(openSync(proof, 'wx'));
  } catch {
    return false;
  }
  waitUntil(Date.now() + HOLD_MS);
  unlinkSync(proof);
  return true;
}

/** Without giving way: processes that sleep do not wake at the same moment. */
function waitUntil(moment: number): void {
  while (Date.now() < moment);
}
