// Signatures of checkpoints and manifests: JSON Web Signatures (RFC 7515) with one algorithm, ES256, and one shape of
// header. A verifier needs the public keys and node:crypto. Nothing is negotiated: what the header may say is compared,
// not interpreted.
import { createPublicKey, verify } from 'node:crypto';
import { utf8 } from '../text/text.ts';
import { canonical } from './canonical.ts';
import { keyThumbprint, type PublicJwk } from './jwk.ts';

/** Signs checkpoints and manifests: with a local key on one machine, with KMS on AWS. */
export interface Notary {
  /** The key that signs now. */
  key(): Promise<NotaryKey>;
}

export interface NotaryKey {
  readonly jwk: PublicJwk;
  /** The signature over SHA-256 of the bytes: 64 bytes, r and s (RFC 7518, section 3.4). */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** What is signed; a signature over one kind is never taken for another. */
type SignedKind = 'holdfast-checkpoint' | 'holdfast-manifest';

/** A signature that must not be believed. */
export class SignatureRefused extends Error {
  override readonly name = 'SignatureRefused';
  readonly reason: 'malformed' | 'header' | 'key' | 'signature';
  constructor(reason: SignatureRefused['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

const encoded = (bytes: Uint8Array | string): string => Buffer.from(bytes as string).toString('base64url');

/** Bytes of base64url. The last character has unused bits, so only the one spelling of an encoder is accepted. */
const decoded = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw new SignatureRefused('malformed', 'a part is not base64url');
  return bytes;
};

/** RFC 7797: a detached signature's content is signed as it is, and the header must say so. */
const unencoded = { b64: false, crit: ['b64'] };

const headerOf = (kind: SignedKind, kid: string, isDetached: boolean): string =>
  canonical({ alg: 'ES256', kid, typ: kind, ...(isDetached && unencoded) });

/** The bytes that are signed. */
const inputOf = (header: string, content: Uint8Array | string): Buffer =>
  Buffer.concat([Buffer.from(`${header}.`), Buffer.from(content as string)]);

/** Signs a content that the signature carries (compact serialization). */
export const compactJws = async (notary: Notary, kind: SignedKind, content: Uint8Array | string): Promise<string> => {
  const key = await notary.key();
  const signed = `${encoded(headerOf(kind, key.jwk.kid, false))}.${encoded(content)}`;
  return `${signed}.${encoded(await key.sign(Buffer.from(signed)))}`;
};

/** Signs a content that lies in a file beside the signature (RFC 7515, appendix F, and RFC 7797). */
export const detachedJws = async (notary: Notary, kind: SignedKind, content: Uint8Array | string): Promise<string> => {
  const key = await notary.key();
  const header = encoded(headerOf(kind, key.jwk.kid, true));
  return `${header}..${encoded(await key.sign(inputOf(header, content)))}`;
};

/** The id of the key that a header names. @throws SignatureRefused for a header with anything else than it must have */
const kidIn = (header: string, kind: SignedKind, isDetached: boolean): string => {
  const bytes = decoded(header);
  let said: unknown;
  try {
    said = JSON.parse(utf8(bytes));
  } catch {
    throw new SignatureRefused('malformed', 'the header is no JSON');
  }
  const kid = (said as { readonly kid?: unknown } | null)?.kid;
  if (typeof kid !== 'string') throw new SignatureRefused('header', 'the header names no key');
  const expected = headerOf(kind, kid, isDetached);
  if (canonical(said) !== expected)
    throw new SignatureRefused('header', `the header is ${canonical(said)}, and must be ${expected}`);
  return kid;
};

const checked = (keys: readonly PublicJwk[], kid: string, input: Buffer, signature: string): PublicJwk => {
  const key = keys.find((one) => one.kid === kid);
  if (!key) throw new SignatureRefused('key', `the key ${kid} is not among the keys that are trusted`);
  const { kty, crv, x, y } = key;
  if (kty !== 'EC' || crv !== 'P-256' || keyThumbprint(key) !== kid)
    throw new SignatureRefused('key', `the key ${kid} is another one than its id says`);
  const bytes = decoded(signature);
  const open = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
  // dsaEncoding makes node:crypto refuse any length but 64 bytes.
  if (!verify('sha256', input, { key: open, dsaEncoding: 'ieee-p1363' }, bytes))
    throw new SignatureRefused('signature', `the signature of the key ${kid} does not belong to this content`);
  return key;
};

const partsOf = (jws: string): [header: string, payload: string, signature: string] => {
  const parts = jws.split('.');
  if (parts.length !== 3) throw new SignatureRefused('malformed', 'a signature has three parts');
  return parts as [string, string, string];
};

interface Verified {
  readonly content: Uint8Array;
  /** The key that signed. */
  readonly key: PublicJwk;
}

/** The content of a compact signature. @throws SignatureRefused */
export const verifiedJws = (jws: string, kind: SignedKind, keys: readonly PublicJwk[]): Verified => {
  const [header, payload, signature] = partsOf(jws);
  const key = checked(keys, kidIn(header, kind, false), Buffer.from(`${header}.${payload}`), signature);
  return { content: decoded(payload), key };
};

/** The key that signed a content. @throws SignatureRefused */
export const verifiedDetached = (
  jws: string,
  kind: SignedKind,
  content: Uint8Array | string,
  keys: readonly PublicJwk[],
): PublicJwk => {
  const [header, payload, signature] = partsOf(jws);
  if (payload !== '') throw new SignatureRefused('malformed', 'the signature carries a content of its own');
  return checked(keys, kidIn(header, kind, true), inputOf(header, content), signature);
};
