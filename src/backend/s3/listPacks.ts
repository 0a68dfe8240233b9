import type { CallOptions } from '../backend.ts';
import { listObjects, type ListWay } from './listObjects.ts';
import type { ListedObject } from './listPage.ts';

/** Up to so many pages, one after the other is as fast. */
const FEW_PAGES = 8;

const digits = '0123456789abcdef';

/** What is listed, and who gets it. */
export interface PackList {
  /** Names in it begin with hex digits. Ends with `/`. */
  readonly folder: string;
  /** So many calls at the same time. */
  readonly connections: number;
  /** Gets the objects in no order, and may get some of them twice. */
  readonly take: (page: readonly ListedObject[]) => void;
}

/**
 * Lists all objects below a folder. A storage gives a list page by page, and says only then where the next begins; so a
 * long one is asked for in 16 parts at once.
 */
export async function listPacks(
  way: ListWay,
  { folder, connections, take }: PackList,
  call: CallOptions,
): Promise<void> {
  const list = (prefix: string): ReturnType<typeof listObjects> => listObjects(way, { prefix, isDeep: true }, call);
  let isFirst = true;
  for await (const page of list(folder)) {
    if (isFirst && countPages(page, folder) > FEW_PAGES) break;
    take(page);
    isFirst = false;
  }
  if (!isFirst) return;
  const waiting = [...digits];
  const listSome = async (): Promise<void> => {
    for (let digit = waiting.pop(); digit !== undefined; digit = waiting.pop()) {
      for await (const page of list(folder + digit)) take(page);
    }
  };
  // The first failure is that of the whole, and the others begin nothing more.
  await Promise.all(Array.from({ length: connections }, listSome)).finally(() => waiting.splice(0));
}

/** How many pages there are if all are as full as the first: by how far that reached. */
function countPages(first: readonly ListedObject[], folder: string): number {
  const last = first.at(-1)?.key.slice(folder.length, folder.length + 2) ?? '';
  return /^[0-9a-f]{2}$/.test(last) ? 256 / (parseInt(last, 16) + 1) : 0;
}
