/** Milliseconds for which a person waits for an answer. */
export const PERSONAL_PATIENCE = 10_000;
