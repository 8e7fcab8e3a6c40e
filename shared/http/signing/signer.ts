// Signs snapshots, which products verify offline. The algorithm is fixed as ES256: ECDSA on P-256 with SHA-256 (RFC
// 7518, section 3.4). The keys are ordinary published keys, so that any library for JSON Web Tokens verifies by them.
import { type KeyObject, sign } from 'node:crypto';
import { keyThumbprint, type PublicJwk, publicJwk } from '../../audit/jwk.ts';
import { lazy } from '../../domain/base/lazy.ts';
import type { Db } from '../../store/db.ts';
import { addSigningKey, publication, rotation, type StoredKey, signingKeys } from '../../store/signing-keys.ts';
import { SealedElsewhere, type Vault } from './vault.ts';

/** The key that signs now. */
interface SigningKey {
  /** The id of the key among the published keys. */
  readonly kid: string;
  /** 64 bytes: r and s. */
  sign(bytes: Uint8Array): Uint8Array;
}

export interface Signer {
  readonly alg: 'ES256';
  /** The `iss` claim of the tokens. */
  readonly issuer: string;
  key(): Promise<SigningKey>;
  /** The published keys, the newest first. */
  jwks(): Promise<{ readonly keys: readonly PublicJwk[] }>;
}

/**
 * Milliseconds for which a new key is only published. Verifiers may keep the published keys for five minutes, and a
 * process for one, so by then all of them know the key.
 */
const settling = 600_000;
/** Milliseconds for which a process keeps the published keys, because anybody may ask for them. */
const kept = 60_000;

/**
 * A signer whose keys lie in the table and are replaced every day. A new key is published at once and signs ten minutes
 * later, so that no verifier meets a token of a key that it cannot know; the first key of a ring signs at once. Every
 * process finds the same key, because the processes that make one at the same time write the same item. Keys that another
 * vault of the ring has sealed are published here as well, and sign there only.
 */
export class RingSigner implements Signer {
  readonly alg = 'ES256';
  readonly issuer: string;
  readonly #db: Db;
  readonly #vault: () => Vault;
  #keys: readonly StoredKey[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  /** Keys that this vault could not open, by their first coordinate. */
  readonly #foreign = new Set<string>();
  readonly #opened = new Map<string, Promise<KeyObject>>();

  constructor(db: Db, vault: () => Vault, issuer = 'holdfast') {
    this.#db = db;
    this.#vault = lazy(vault);
    this.issuer = issuer;
  }

  async #read(): Promise<void> {
    this.#keys = await signingKeys(this.#db, this.#vault().ring);
    this.#readAt = this.#db.clock.now();
  }

  /** The keys that may sign here, the newest first. */
  #own(): readonly StoredKey[] {
    return this.#foreign.size === 0 ? this.#keys : this.#keys.filter(({ x }) => !this.#foreign.has(x));
  }

  /** True when the newest known key need not be replaced yet. */
  #isFresh(): boolean {
    const [newest] = this.#own();
    return newest !== undefined && newest.made > this.#db.clock.now() - rotation;
  }

  async #refresh(): Promise<void> {
    await this.#read();
    if (this.#isFresh()) return;
    const { ring, name } = this.#vault();
    const made = await this.#vault().make();
    const beside = this.#foreign.size > 0 ? name : undefined;
    await addSigningKey(this.#db, ring, { ...made, made: this.#db.clock.now() }, beside);
    await this.#read();
  }

  /** The newest key that verifiers know, else the newest. */
  #current(): StoredKey {
    const now = this.#db.clock.now();
    const own = this.#own();
    const known = own.find(({ made }) => made <= now - settling && made > now - publication + rotation);
    const key = known ?? own[0];
    if (!key) throw new Error('a key that was just made is not in the table');
    return key;
  }

  #open(kid: string, { sealed }: StoredKey): Promise<KeyObject> {
    const opening = this.#opened.get(kid) ?? this.#vault().open(sealed);
    this.#opened.set(kid, opening);
    // A failure is not kept, so that the next request tries again.
    opening.catch(() => this.#opened.delete(kid));
    return opening;
  }

  async key(): Promise<SigningKey> {
    if (!this.#isFresh()) await this.#refresh();
    const key = this.#current();
    const kid = keyThumbprint(key);
    let secret: KeyObject;
    try {
      secret = await this.#open(kid, key);
    } catch (error) {
      if (!(error instanceof SealedElsewhere)) throw error;
      // Each round leaves one key less, and at last one is made that this vault has sealed.
      this.#foreign.add(key.x);
      return this.key();
    }
    return { kid, sign: (bytes) => sign('sha256', bytes, { key: secret, dsaEncoding: 'ieee-p1363' }) };
  }

  async jwks(): Promise<{ readonly keys: readonly PublicJwk[] }> {
    if (this.#readAt <= this.#db.clock.now() - kept) await this.#read();
    return { keys: this.#keys.map(publicJwk) };
  }
}
