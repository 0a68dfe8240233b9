/**
 * Two things that look alike and must never be taken for each other. Ordinary text becomes a path where it
 * comes in; from then on the compiler refuses to use one kind where the other is meant, or to append one to
 * the other.
 */
declare const pathKind: unique symbol;

/**
 * What the system calls a place: `/home/me` or `C:\Users\me`. Absolute and cleaned, the letter of a drive in
 * upper case. A byte of a name that is not UTF-8 stands as in `rawName.ts`. Functions for it: `disk/paths.ts`.
 */
export type DiskPath = string & { readonly [pathKind]?: 'disk' };

/**
 * What a snapshot calls a place, on every system: names joined by `/`, from the root of its tree on, which is
 * `/`. Functions for it: `treePath.ts`.
 */
export type TreePath = string & { readonly [pathKind]?: 'tree' };

/** One name, or names joined by `/` on every system: a way from some folder down. Empty is that folder. */
export type PathBelow = string & { readonly [pathKind]?: 'below' };
