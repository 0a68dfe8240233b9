/**
 * The entry point of the extension. `activate` only wires the features, each in a file of its own,
 * to the editor; there are none yet, and the manifest contributes nothing.
 */
export function activate(): void {}
