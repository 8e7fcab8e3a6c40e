// What is signed: the keys that are trusted, checkpoints and manifests. Whatever is not believed is a finding.
import { isUtf8 } from 'node:buffer';
import { canonical } from '../../../shared/audit/canonical.ts';
import { type Checkpoint, verifiedCheckpoint } from '../../../shared/audit/checkpoint.ts';
import type { PublicJwk } from '../../../shared/audit/jwk.ts';
import { SignatureRefused } from '../../../shared/audit/jws.ts';
import { type Manifest, verifiedManifest } from '../../../shared/audit/manifest.ts';
import { keyName, manifestName } from '../../../shared/audit/names.ts';
import { utf8 } from '../../../shared/text/text.ts';
import { keyOf, type PinnedKeys } from '../keys.ts';
import type { FindingCode, Tell } from './findings.ts';

const sentence = (text: string): string => `${text[0]?.toUpperCase()}${text.slice(1)}.`;

/** The key in a file; undefined when the file is not what an export writes of a key. */
const keyIn = (bytes: Uint8Array): PublicJwk | undefined => {
  try {
    const key = keyOf(JSON.parse(utf8(bytes)));
    return key && canonical(key) === utf8(bytes) ? key : undefined;
  } catch {
    return undefined;
  }
};

/** Bytes that are no text are no signature, as the empty text is none. */
const textOf = (bytes: Uint8Array): string => (isUtf8(bytes) ? utf8(bytes) : '');

/** The id of the key that a signature names; undefined when it names none. */
const kidOf = (jws: string): string | undefined => {
  try {
    const [header = ''] = jws.split('.');
    return JSON.parse(utf8(Buffer.from(header, 'base64url'))).kid;
  } catch {
    return undefined;
  }
};

export class Signed {
  readonly #tenant: string;
  readonly #pinned: PinnedKeys;
  readonly #tell: Tell;
  readonly #keys: Map<string, PublicJwk>;
  /** What was told of keys already, because one key may have signed thousands of files. */
  readonly #told = new Set<string>();

  constructor(tenant: string, pinned: PinnedKeys, tell: Tell) {
    this.#tenant = tenant;
    this.#pinned = pinned;
    this.#tell = tell;
    this.#keys = new Map(pinned.keys.map((key) => [key.kid, key]));
  }

  /** Takes the file of a key, which is trusted only when its thumbprint is. */
  takeKey(kid: string, bytes: Uint8Array): void {
    const file = keyName(this.#tenant, kid);
    const key = keyIn(bytes);
    if (key?.kid !== kid)
      this.#tell('key-file', 'The file does not hold the key that its name names.', { file, found: key?.kid });
    else if (this.#pinned.thumbprints.has(kid)) this.#keys.set(kid, key);
  }

  #refused(error: unknown, jws: string, file: string, code: FindingCode): undefined {
    if (!(error instanceof Error)) throw error;
    if (!(error instanceof SignatureRefused)) {
      this.#tell(code, `What is signed cannot be read: ${error.message}.`, { file });
      return;
    }
    if (error.reason !== 'key') {
      this.#tell('signature', sentence(error.message), { file });
      return;
    }
    if (this.#told.has(error.message)) return;
    this.#told.add(error.message);
    const kid = kidOf(jws);
    if (kid !== undefined && this.#pinned.thumbprints.has(kid))
      this.#tell(
        'key-missing',
        `It is signed by the key ${kid}, which is trusted, but the files do not have the key: name a file that has it with --key.`,
        { file },
      );
    else this.#tell('key', `${sentence(error.message)} It may have signed more files than this.`, { file });
  }

  #isOurs(tenant: string, what: string, file: string): boolean {
    if (tenant === this.#tenant) return true;
    this.#tell('tenant', `The ${what} belongs to another tenant.`, { file, expected: this.#tenant, found: tenant });
    return false;
  }

  /** A checkpoint of this tenant whose signature holds; undefined otherwise, with a finding. */
  checkpoint(jws: Uint8Array | string, file: string): Checkpoint | undefined {
    const text = typeof jws === 'string' ? jws : textOf(jws);
    try {
      const { checkpoint } = verifiedCheckpoint(text, [...this.#keys.values()]);
      return this.#isOurs(checkpoint.tenant, 'checkpoint', file) ? checkpoint : undefined;
    } catch (error) {
      return this.#refused(error, text, file, 'checkpoint');
    }
  }

  /** A manifest of this tenant and day whose signature holds; undefined otherwise, with a finding. */
  manifest(day: string, bytes: Uint8Array, signature: Uint8Array): Manifest | undefined {
    const file = manifestName(this.#tenant, day);
    const text = textOf(signature);
    try {
      const { manifest } = verifiedManifest(bytes, text, [...this.#keys.values()]);
      if (!this.#isOurs(manifest.tenant, 'manifest', file)) return undefined;
      if (canonical(manifest) !== utf8(bytes))
        this.#tell('manifest', 'The manifest is not in canonical form.', { file });
      if (manifest.day === day) return manifest;
      this.#tell('manifest', 'The manifest is of another day.', { file, expected: day, found: manifest.day });
      return undefined;
    } catch (error) {
      return this.#refused(error, text, file, 'manifest');
    }
  }
}
