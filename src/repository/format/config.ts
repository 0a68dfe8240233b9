import { CairnError } from '../../base/errors.ts';
import { isId } from './ids.ts';

/** The `config` file of a repository (format notes 3). */
export interface Config {
  readonly version: 1 | 2;
  /** 64 hex digits; random, not the hash of anything. */
  readonly id: string;
  /** Coefficients as an integer of 54 bits: too large for a number. */
  readonly chunkerPolynomial: bigint;
}

/** JSON in restic's field order; no newline at the end. */
export function configToJson(config: Config): string {
  return `{"version":${config.version},"id":"${config.id}","chunker_polynomial":"${config.chunkerPolynomial.toString(16)}"}`;
}

/**
 * Throws `repository-unsupported` for another version than 1 and 2, `repository-damaged` for what is
 * not a config at all. Whether the polynomial is irreducible is the chunker's matter.
 */
export function parseConfig(bytes: Uint8Array): Config {
  const damaged = (what: string) =>
    new CairnError('repository-damaged', `The repository's config file is damaged: ${what}.`);
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as typeof json;
  } catch {
    throw damaged('it is not valid JSON');
  }
  const { version, id, chunker_polynomial: polynomial } = json ?? {};
  if (version === undefined) throw damaged('it has no version');
  if (version !== 1 && version !== 2) {
    throw new CairnError(
      'repository-unsupported',
      `The repository has format version ${JSON.stringify(version)}; this program knows versions 1 and 2. Use a newer program.`,
    );
  }
  if (typeof id !== 'string' || !isId(id)) throw damaged('it has no valid id');
  if (typeof polynomial !== 'string' || !/^[0-9a-f]{1,16}$/.test(polynomial)) throw damaged('it has no polynomial');
  return { version, id, chunkerPolynomial: BigInt(`0x${polynomial}`) };
}
