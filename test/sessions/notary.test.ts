// Notaries sign with a key of the machine or of KMS; what they sign is verified by other libraries, and by keys that were
// in the table before.
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { compactVerify, flattenedVerify, importJWK } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import {
  compactJws,
  detachedJws,
  type Notary,
  SignatureRefused,
  verifiedDetached,
  verifiedJws,
} from '../../shared/audit/jws.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { kmsNotary, localNotary, newNotaryKey } from '../../shared/http/signing/notary.ts';
import { auditKeys } from '../../shared/store/checkpoints.ts';
import { Db, systemClock } from '../../shared/store/db.ts';
import { bootEngine } from '../support/harness.ts';
import { type Command, nameOf, serviceError, Wrapped } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());
const db = new Db(client, table, systemClock);

/** KMS as far as a notary sees it: a key that never leaves, and signatures in DER. */
const standIn = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const sent: string[] = [];
  const faults: Error[] = [];
  const answers: Uint8Array[] = [];
  const digested = new Map<string, Uint8Array>();
  /** The notary, of which the stand-in hears what it is to sign. */
  const heard = (notary: Notary): Notary => ({
    key: async () => {
      const key = await notary.key();
      const told = (bytes: Uint8Array) => {
        digested.set(createHash('sha256').update(bytes).digest('hex'), bytes);
        return key.sign(bytes);
      };
      return { ...key, sign: told };
    },
  });
  const send = async (command: Command) => {
    sent.push(nameOf(command));
    const fault = faults.shift();
    if (fault) throw fault;
    if (nameOf(command) === 'GetPublicKey') return { PublicKey: publicKey.export({ type: 'spki', format: 'der' }) };
    const { Message, ...how } = command.input;
    expect(how).toEqual({ KeyId: 'arn:key', MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' });
    const answer = answers.shift();
    if (answer) return { Signature: answer };
    // node:crypto signs no digest, so it gets the bytes of which this is the digest.
    const bytes = digested.get(Buffer.from(Message as Uint8Array).toString('hex'));
    return { Signature: sign('sha256', bytes as Uint8Array, privateKey) };
  };
  return { sent, faults, answers, heard, kms: (async () => ({ send })) as never };
};

const content = '{"size":1}';
const seenByJose = async (notary: Notary) => {
  const keys = await auditKeys(db);
  const compact = await compactJws(notary, 'holdfast-checkpoint', content);
  const detached = await detachedJws(notary, 'holdfast-manifest', content);
  const { kid } = (await notary.key()).jwk;
  const own = keys.find((key) => key.kid === kid);
  const key = await importJWK(own as never, 'ES256');
  const { payload, protectedHeader } = await compactVerify(compact, key, { algorithms: ['ES256'] });
  expect(Buffer.from(payload).toString()).toBe(content);
  expect(protectedHeader).toEqual({ alg: 'ES256', kid, typ: 'holdfast-checkpoint' });
  const [header = '', , signature = ''] = detached.split('.');
  const jws = { protected: header, payload: content, signature };
  expect((await flattenedVerify(jws, key, { algorithms: ['ES256'] })).protectedHeader).toMatchObject({ b64: false });
  expect(verifiedJws(compact, 'holdfast-checkpoint', keys).key.kid).toBe(kid);
  expect(verifiedDetached(detached, 'holdfast-manifest', content, keys).kid).toBe(kid);
  expect(() => verifiedDetached(detached, 'holdfast-manifest', `${content} `, keys)).toThrow(SignatureRefused);
};

describe('a notary', () => {
  it('of one machine signs by its key, which is the same after a restart', async () => {
    const pem = newNotaryKey();
    const notary = localNotary(db, pem);
    await notary.key();
    await seenByJose(notary);
    expect((await localNotary(db, pem).key()).jwk).toEqual((await notary.key()).jwk);
  });

  it('in KMS signs digests, and asks for its public key once', async () => {
    const { sent, heard, kms } = standIn();
    const notary = heard(kmsNotary(db, 'arn:key', kms));
    await notary.key();
    // Numbers that are short, and those that need a zero before them, come by chance.
    for (let n = 0; n < 40; n += 1) await seenByJose(notary);
    expect(sent.filter((name) => name === 'GetPublicKey')).toHaveLength(1);
    expect(sent).toHaveLength(81);
  });

  it('reads every shape of signature that DER allows, and nothing else', async () => {
    const { answers, kms } = standIn();
    const key = await kmsNotary(db, 'arn:key', kms).key();
    const number = (...bytes: number[]) => [2, bytes.length, ...bytes];
    const sequence = (...content: number[]) => Uint8Array.from([0x30, content.length, ...content]);
    const full = Array.from({ length: 32 }, () => 0xff);
    const signed = (der: Uint8Array) => {
      answers.push(der);
      return key.sign(Buffer.from('x'));
    };
    const raw = Buffer.from(await signed(sequence(...number(0, ...full), ...number(7))));
    expect(raw.toString('hex')).toBe('ff'.repeat(32) + '07'.padStart(64, '0'));
    const whole = sequence(...number(1), ...number(2));
    for (const wrong of [
      new Uint8Array(),
      Uint8Array.from([...whole, 0]),
      whole.subarray(0, -1),
      sequence(...number(1)),
      sequence(...number(1), ...number()),
      sequence(...number(1, ...full), ...number(2)),
      sequence(...number(1), ...number(2), ...number(3)),
      sequence(4, 1, 1, ...number(2)),
    ])
      await expect(signed(wrong), Buffer.from(wrong).toString('hex')).rejects.toThrow('no signature');
  });

  it('registers its key before the first signature, or signs nothing', async () => {
    const wrapped = new Wrapped(client);
    const own = new Db(wrapped, table, systemClock);
    const { sent, heard, kms } = standIn();
    const notary = heard(kmsNotary(own, 'arn:key', kms));
    wrapped.around = async (command, send) => {
      if (nameOf(command) === 'TransactWrite') throw serviceError('AccessDeniedException');
      return send();
    };
    await expect(compactJws(notary, 'holdfast-checkpoint', content)).rejects.toThrow('AccessDenied');
    expect(sent).toEqual(['GetPublicKey']);
    wrapped.heal();
    await compactJws(notary, 'holdfast-checkpoint', content);
    expect((await auditKeys(db)).map(({ kid }) => kid)).toContain((await notary.key()).jwk.kid);
  });

  it('says busy for a failure that passes by itself, and the failure itself when somebody must mend it', async () => {
    const { faults, kms } = standIn();
    const notary = kmsNotary(db, 'arn:key', kms);
    faults.push(serviceError('KeyUnavailableException'));
    await expect(notary.key()).rejects.toThrow(Refusal);
    const key = await notary.key();
    faults.push(serviceError('ThrottlingException'), serviceError('DisabledException'));
    await expect(key.sign(Buffer.from('x'))).rejects.toThrow(Refusal);
    await expect(key.sign(Buffer.from('x'))).rejects.toThrow('DisabledException');
  });

  it('refuses a key that is on another curve', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    await expect(localNotary(db, pem).key()).rejects.toThrow('P-256');
    expect(createPublicKey(privateKey).asymmetricKeyDetails?.namedCurve).toBe('secp384r1');
  });
});
