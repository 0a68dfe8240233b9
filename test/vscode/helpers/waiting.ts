/** What is used of an element where code runs in the page, whose types are not those of Node. */
export interface PageElement {
  readonly textContent: string;
  readonly style: { readonly top: string };
  readonly classList: { contains(name: string): boolean };
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
}

/** A pattern for elements with this text and no other. */
export function hasExactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s')}\\s*$`);
}

/** Reads every `interval` ms until it is accepted; for what cannot be had by `expect.poll` or a locator. */
export async function pollUntil<T>(read: () => Promise<T>, accept: (value: T) => boolean, interval = 100): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const value = await read();
    if (accept(value)) return value;
    if (Date.now() > end) throw new Error(`Waited in vain; last read: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}
