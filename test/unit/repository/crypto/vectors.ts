import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface SealedFile {
  readonly file_base64: string;
  readonly plaintext: string;
}

interface CryptoVectors {
  readonly password: string;
  readonly key_file_text: string;
  readonly derived_user_key: {
    readonly encrypt_hex: string;
    readonly mac_k_hex: string;
    readonly mac_r_hex_unclamped: string;
  };
  readonly master_key_json: string;
  readonly config: SealedFile;
  readonly snapshot: SealedFile & { readonly decrypted_base64: string };
  readonly v1_snapshot: SealedFile & { readonly master_key_json: string };
  readonly locks: readonly SealedFile[];
  readonly blobs: readonly {
    readonly uncompressed_length: number;
    readonly encrypted_base64: string;
    readonly decrypted_base64?: string;
    readonly plaintext_base64: string;
  }[];
  readonly pack_header: { readonly encrypted_header_base64: string; readonly decrypted_header_hex: string };
}

/** What the real restic sealed (test/fixtures/restic/README.md). */
export const cryptoVectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/restic/crypto.json'), 'utf8'),
) as CryptoVectors;

export const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64');
