declare module 'libsodium-sumo' {
  /** The library's functions, each with an underscore before its name. */
  const createSodium: () => Promise<Record<string, unknown>>;
  export default createSodium;
}
