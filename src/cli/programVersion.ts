/** The version of the package; a test holds it against package.json, which is no part of the bundle. */
export const PROGRAM_VERSION = '0.1.0';

/** What snapshots record as the program that made them. */
export const PROGRAM_NAME = `cairn ${PROGRAM_VERSION}`;
