/** The answers of a server that are not success (draft-ietf-secsh-filexfer-02, section 7). */
export const sftpStatus = {
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  noConnection: 6,
  connectionLost: 7,
  unsupported: 8,
} as const;

/** The number that a server refused a request with, if that is what the error is. */
export function statusOf(error: unknown): number | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : undefined;
}

/** `otherwise` if the server answers a request with one of these. */
export function unless<T, O>(answer: Promise<T>, statuses: readonly number[], otherwise: O): Promise<T | O> {
  return answer.catch((error: unknown) => {
    if (statuses.includes(statusOf(error) ?? -1)) return otherwise;
    throw error;
  });
}
