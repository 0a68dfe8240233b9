import { PackSaver } from '../../repository/pack/packSaver.ts';
import type { Session } from '../session.ts';
import type { CodecPool, OpenCodecs } from './codecPool.ts';
import { codecSetupOf } from './codecSetup.ts';

/**
 * Runs `work` with threads whose packs are stored, and listed in the index when this resolves. After a
 * failure what is stored already is listed all the same, so that it need not be stored again; not so when far storage
 * was cancelled, where no call is made any more: what was not listed by then stays for prune.
 */
export async function withPackWriter<T>(
  session: Session,
  openCodecs: OpenCodecs,
  work: (codecs: CodecPool, saver: PackSaver) => Promise<T>,
): Promise<T> {
  const saver = new PackSaver(session.repository, session.index, { checkLock: session.checkLock });
  const codecs = openCodecs(codecSetupOf(session), (pack) => saver.submit(pack));
  try {
    const result = await work(codecs, saver);
    await codecs.runOnEach('flushPacks', undefined);
    await saver.flush();
    return result;
  } catch (error) {
    await saver.flush().catch(() => {});
    throw error;
  } finally {
    await codecs.close();
  }
}
