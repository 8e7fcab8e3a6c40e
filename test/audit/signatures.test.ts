// Signatures of checkpoints and manifests, with jose as the second opinion both ways.
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { CompactSign, calculateJwkThumbprint, compactVerify, FlattenedSign, flattenedVerify, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../shared/audit/canonical.ts';
import { type Checkpoint, signedCheckpoint, verifiedCheckpoint } from '../../shared/audit/checkpoint.ts';
import { publicJwk } from '../../shared/audit/jwk.ts';
import { compactJws, detachedJws, type Notary, verifiedDetached, verifiedJws } from '../../shared/audit/jws.ts';
import {
  fileHash,
  type Manifest,
  manifestBytes,
  signedManifest,
  verifiedManifest,
} from '../../shared/audit/manifest.ts';
import { hashedSegment, noSegment } from '../../shared/audit/segment.ts';

const pair = () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const secret = privateKey.export({ format: 'jwk' }) as { x: string; y: string; d: string; kty: 'EC'; crv: 'P-256' };
  const jwk = publicJwk(secret);
  const notary: Notary = {
    key: async () => ({
      jwk,
      sign: async (bytes) => sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    }),
  };
  return { jwk, secret, notary };
};
const ours = pair();
const stranger = pair();
const keys = [stranger.jwk, ours.jwk];
const manifest = 'holdfast-manifest' as const;
const checkpoint = 'holdfast-checkpoint' as const;

const refused = (reason: string) => expect.objectContaining({ name: 'SignatureRefused', reason });
const encoded = (value: string | Uint8Array) => Buffer.from(value as string).toString('base64url');

describe('jose, the second opinion', () => {
  it('computes the same thumbprint', async () => {
    expect(ours.jwk.kid).toBe(await calculateJwkThumbprint(ours.jwk));
  });

  it('verifies our compact and detached signatures', async () => {
    const key = await importJWK(ours.jwk, 'ES256');
    const compact = await compactVerify(await compactJws(ours.notary, checkpoint, 'content'), key, {
      algorithms: ['ES256'],
    });
    expect(Buffer.from(compact.payload).toString()).toBe('content');
    expect(compact.protectedHeader).toEqual({ alg: 'ES256', kid: ours.jwk.kid, typ: checkpoint });
    const [header, , signature] = (await detachedJws(ours.notary, manifest, 'content')).split('.') as [
      string,
      string,
      string,
    ];
    const detached = { protected: header, payload: 'content', signature };
    const { protectedHeader } = await flattenedVerify(detached, key, { algorithms: ['ES256'] });
    expect(protectedHeader).toEqual({ alg: 'ES256', b64: false, crit: ['b64'], kid: ours.jwk.kid, typ: manifest });
    await expect(flattenedVerify({ ...detached, payload: 'Content' }, key)).rejects.toThrow(
      'signature verification failed',
    );
  });

  it('makes signatures that we verify', async () => {
    const secret = await importJWK(ours.secret, 'ES256');
    const header = { alg: 'ES256', typ: checkpoint, kid: ours.jwk.kid };
    const compact = await new CompactSign(Buffer.from('content')).setProtectedHeader(header).sign(secret);
    expect(Buffer.from(verifiedJws(compact, checkpoint, keys).content).toString()).toBe('content');
    const detached = await new FlattenedSign(Buffer.from('content'))
      .setProtectedHeader({ ...header, typ: manifest, b64: false, crit: ['b64'] })
      .sign(secret);
    const jws = `${detached.protected}..${detached.signature}`;
    expect(verifiedDetached(jws, manifest, 'content', keys)).toEqual(ours.jwk);
  });
});

describe('a signature is refused', () => {
  /** A JWS with any header, which our key has signed. */
  const signedWith = async (header: object, content = 'content', isDetached = false): Promise<string> => {
    const front = encoded(JSON.stringify(header));
    const payload = isDetached ? content : encoded(content);
    const { sign } = await ours.notary.key();
    return `${front}.${isDetached ? '' : payload}.${encoded(await sign(Buffer.from(`${front}.${payload}`)))}`;
  };
  const good = { alg: 'ES256', kid: ours.jwk.kid, typ: checkpoint };

  it('with any other header, though the key has signed it', async () => {
    expect(verifiedJws(await signedWith(good), checkpoint, keys).key).toEqual(ours.jwk);
    const headers = [
      { ...good, alg: 'none' },
      { ...good, alg: 'HS256' },
      { ...good, alg: 'ES384' },
      { ...good, typ: manifest },
      { ...good, typ: 'holdfast-snapshot+jwt' },
      { ...good, jwk: ours.jwk },
      { ...good, x5u: 'https://example.com' },
      { ...good, crit: ['exp'], exp: 1 },
      { ...good, b64: false, crit: ['b64'] },
      { alg: 'ES256', kid: ours.jwk.kid },
      { alg: 'ES256', typ: checkpoint },
      { ...good, kid: 7 },
    ];
    for (const header of headers) {
      const jws = await signedWith(header);
      expect(() => verifiedJws(jws, checkpoint, keys), jws).toThrow(refused('header'));
    }
    const detached = { ...good, typ: manifest, b64: false, crit: ['b64'] };
    expect(verifiedDetached(await signedWith(detached, 'x', true), manifest, 'x', keys)).toEqual(ours.jwk);
    const others = [
      { ...good, typ: manifest },
      { ...detached, crit: [] },
      { ...detached, crit: ['b64', 'exp'], exp: 1 },
      { ...detached, b64: true },
      { ...detached, typ: checkpoint },
    ];
    for (const header of others) {
      const jws = await signedWith(header, 'x', true);
      expect(() => verifiedDetached(jws, manifest, 'x', keys), jws).toThrow(refused('header'));
    }
  });

  it('of a key that is not trusted, or that is not what its id says', async () => {
    const jws = await compactJws(ours.notary, checkpoint, 'content');
    expect(() => verifiedJws(jws, checkpoint, [stranger.jwk])).toThrow(refused('key'));
    expect(() => verifiedJws(jws, checkpoint, [])).toThrow(refused('key'));
    const disguised = { ...stranger.jwk, kid: ours.jwk.kid };
    expect(() => verifiedJws(jws, checkpoint, [disguised])).toThrow(refused('key'));
    const p384 = { ...ours.jwk, crv: 'P-384' } as never;
    expect(() => verifiedJws(jws, checkpoint, [p384])).toThrow(refused('key'));
  });

  it('after any change of one bit, and without a part', async () => {
    const content = 'a content';
    const compact = await compactJws(ours.notary, checkpoint, content);
    const detached = await detachedJws(ours.notary, manifest, content);
    const changed = (text: string) =>
      Array.from({ length: text.length * 7 }, (_, bit) => {
        const bytes = Buffer.from(text, 'latin1');
        bytes[Math.floor(bit / 7)]! ^= 1 << (bit % 7);
        return bytes.toString('latin1');
      });
    const any = expect.objectContaining({ name: 'SignatureRefused' });
    for (const jws of [...changed(compact), `${compact}.`, `${compact}=`, compact.replace('.', ''), ''])
      expect(() => verifiedJws(jws, checkpoint, keys), jws).toThrow(any);
    for (const jws of [...changed(detached), compact])
      expect(() => verifiedDetached(jws, manifest, content, keys), jws).toThrow(any);
    for (const other of changed(content))
      expect(() => verifiedDetached(detached, manifest, other, keys)).toThrow(refused('signature'));
  });

  it('in the encoding of DER, which has another length', async () => {
    const { privateKey } = { privateKey: createPrivateKey({ key: ours.secret, format: 'jwk' }) };
    const front = `${encoded(canonical(good))}.${encoded('content')}`;
    const der = encoded(sign('sha256', Buffer.from(front), privateKey));
    expect(() => verifiedJws(`${front}.${der}`, checkpoint, keys)).toThrow(refused('signature'));
  });
});

const tenant = 't0123456789ab';
const at = '2026-03-01T12:00:00.000Z';
const root = 'a'.repeat(64);
const segment = hashedSegment(tenant, {
  form: 1,
  first: 1,
  last: 5,
  day: '2026-02-28',
  from: '2026-02-28T10:00:00.000Z',
  to: '2026-02-28T11:00:00.000Z',
  at,
  previous: noSegment,
  root,
  lines: 'b'.repeat(64),
});

describe('a checkpoint', () => {
  const content = { tenant, size: 5, root, segment: segment.hash, at };

  it('comes back as it was signed', async () => {
    const jws = await signedCheckpoint(ours.notary, content);
    expect(verifiedCheckpoint(jws, keys)).toEqual({ checkpoint: { v: 1, ...content }, key: ours.jwk });
  });

  it('of a later version is not taken for one of this', async () => {
    for (const other of [{ v: 2 }, { root: 'A'.repeat(64) }, { size: '5' }]) {
      const jws = await compactJws(ours.notary, checkpoint, canonical({ v: 1, ...content, ...other }));
      expect(() => verifiedCheckpoint(jws, keys)).toThrow('of a version that this release does not know');
    }
  });

  it('is never a manifest, whatever it says', async () => {
    const said = { v: 1, ...content } as Checkpoint;
    const jws = await compactJws(ours.notary, manifest, canonical(said));
    expect(() => verifiedCheckpoint(jws, keys)).toThrow(refused('header'));
  });
});

describe('a manifest', () => {
  const made: Manifest = {
    v: 1,
    tenant,
    day: segment.day,
    parts: [{ name: 'part', sha256: 'c'.repeat(64), bytes: 100, segment }],
    first: 1,
    last: 5,
    root,
    checkpoint: 'a.b.c',
    previous: null,
    at,
  };

  it('comes back from its file and its signature', async () => {
    const bytes = manifestBytes(made);
    const jws = await signedManifest(ours.notary, bytes);
    expect(verifiedManifest(bytes, jws, keys)).toEqual({ manifest: made, key: ours.jwk });
    expect(fileHash(bytes)).toMatch(/^[0-9a-f]{64}$/);
    expect(() => verifiedManifest(manifestBytes({ ...made, last: 6 }), jws, keys)).toThrow(refused('signature'));
  });

  it('of a later version is not taken for one of this', async () => {
    const bytes = Buffer.from(canonical({ ...made, v: 2 }));
    const jws = await signedManifest(ours.notary, bytes);
    expect(() => verifiedManifest(bytes, jws, keys)).toThrow('of a version that this release does not know');
  });
});
