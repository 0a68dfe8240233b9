/** What came of a step of a story: the others go on after one that failed. */
export type Outcome<T> = { readonly value: T } | { readonly error: string };

export function attempt<T>(step: () => T): Outcome<T> {
  try {
    return { value: step() };
  } catch (error) {
    return { error: (error as Error).stack ?? String(error) };
  }
}

export async function attemptAsync<T>(step: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await step() };
  } catch (error) {
    return { error: (error as Error).stack ?? String(error) };
  }
}

/** What the step returned; throws what it threw. */
export function valueOf<T>(outcome: Outcome<T>): T {
  if ('error' in outcome) throw new Error(`This step of the story failed: ${outcome.error}`);
  return outcome.value;
}
