import { throwIfAborted } from '../../base/abort.ts';
import { aheadOf } from '../../base/atOnce.ts';
import { errorCode } from '../../base/errors.ts';
import { isDamage } from '../../repository/damage.ts';
import { asId, type IndexId, type PackId } from '../../repository/format/ids.ts';
import { parseIndexFile, type IndexedPack } from '../../repository/format/indexFile.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import { createIndexFor, readWhileReplaced } from '../../repository/index/loadIndex.ts';
import type { Repository } from '../../repository/repository.ts';
import { SHORT_ID_LENGTH } from '../../repository/snapshots.ts';
import { countOf, reasonOf, type Finding } from './findings.ts';

/** What the index files say, as far as they can be read. */
export interface IndexReading {
  readonly index: BlobIndex;
  readonly readable: readonly IndexId[];
  readonly damaged: readonly IndexId[];
  /** Packs that stand in more than one file. */
  readonly listedTwice: readonly PackId[];
  readonly findings: readonly Finding[];
}

/** Says whether a failure is a finding. What is not is thrown. */
export type IsFinding = (error: unknown) => boolean;

/** Only what is damaged, and not what cannot be read now. */
export const isDamageOnly: IsFinding = (error) => isDamage(errorCode(error));

/** Loads the index of a repository that may be damaged: what cannot be read is a finding, and the rest counts. */
export function readIndexFiles(
  repository: Repository,
  isFinding: IsFinding,
  signal?: AbortSignal,
): Promise<IndexReading> {
  return readWhileReplaced(() => readListedFiles(repository, isFinding, signal));
}

async function readListedFiles(
  repository: Repository,
  isFinding: IsFinding,
  signal: AbortSignal | undefined,
): Promise<IndexReading> {
  const files = await repository.backend.list('index');
  const index = createIndexFor(files);
  const readable: IndexId[] = [];
  const damaged: IndexId[] = [];
  const findings: Finding[] = [];
  const listedTwice: PackId[] = [];
  const ids = files.map(({ name }) => asId<IndexId>(name));
  const reading = aheadOf(ids, repository.backend.properties.connections, async (id) => {
    throwIfAborted(signal);
    return { id, packs: await tryRead(repository, id, isFinding) };
  });
  for await (const { id, packs } of reading) {
    // A damaged file must not be tried again by whoever looks for newer ones.
    index.files.add(id);
    if (!Array.isArray(packs)) {
      damaged.push(id);
      findings.push(packs);
      continue;
    }
    readable.push(id);
    for (const pack of packs) {
      if (index.hasPack(pack.id)) listedTwice.push(pack.id);
      index.addPack(pack.id, pack.blobs);
    }
  }
  if (listedTwice.length > 0) findings.push(duplicateFinding(listedTwice));
  return { index, readable, damaged, listedTwice, findings };
}

async function tryRead(repository: Repository, id: IndexId, isFinding: IsFinding): Promise<IndexedPack[] | Finding> {
  try {
    return [...parseIndexFile(await repository.readFile('index', id))];
  } catch (error) {
    // One that was replaced is not damaged: all are listed again.
    if (errorCode(error) === 'file-not-found' || !isFinding(error)) throw error;
    return {
      severity: 'error',
      kind: 'index-damaged',
      message: `The index file ${id.slice(0, SHORT_ID_LENGTH)} cannot be read, so what only it lists counts as missing (${reasonOf(error)}).`,
      files: [{ type: 'index', name: id }],
    };
  }
}

function duplicateFinding(packs: readonly PackId[]): Finding {
  return {
    severity: 'hint',
    kind: 'index-duplicate',
    message: `${countOf(packs.length, 'pack')} stand in more than one index file, which is harmless. "cairn prune" or "cairn repair index" tidies up.`,
    files: packs.map((name) => ({ type: 'pack', name })),
  };
}
