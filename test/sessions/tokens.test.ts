// Snapshot tokens: they decide exactly as the server does at that version, never tell of the keeper permission, and are
// believed only as what they are.
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askTheServer, type KeySet, SnapshotRefused, verifySnapshot } from '../../clients/typescript/snapshot.ts';
import { catalogues } from '../../shared/catalogues/index.ts';
import type { SessionId } from '../../shared/domain/base/ids.ts';
import type { Book } from '../../shared/domain/book/book.ts';
import { type BookRecord, recordSchema } from '../../shared/domain/book/records.ts';
import { decide } from '../../shared/domain/deciding/decide.ts';
import { judge, type Question } from '../../shared/domain/deciding/judge.ts';
import { Offline, offlineOf } from '../../shared/domain/deciding/offline.ts';
import { keptSubject, type Opened, type Snapshot, snapshotOf, snapshotSchema } from '../../shared/domain/session.ts';
import { bookFor } from '../../shared/http/operations/checks.ts';
import { opened } from '../../shared/http/operations/sessions.ts';
import { kmsVault } from '../../shared/http/signing/kms.ts';
import { RingSigner } from '../../shared/http/signing/signer.ts';
import { snapshotToken } from '../../shared/http/signing/snapshot-token.ts';
import { localVault, noVault, type Vault } from '../../shared/http/signing/vault.ts';
import type { Authorised } from '../../shared/store/authorised.ts';
import { Db, systemClock } from '../../shared/store/db.ts';
import type { View } from '../../shared/store/view.ts';
import { questionOf, runs, tenantOf, worldOf } from '../domain/arbitraries.ts';
import { freshIds } from '../support/facts.ts';
import { boot, type Harness } from '../support/harness.ts';
import { Sessions } from './support.ts';

let harness: Harness;
let close: () => Promise<void>;
let skew = 0;
beforeAll(async () => {
  const booted = await boot({ clock: { ...systemClock, now: () => Date.now() + skew } });
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

describe('against the server', () => {
  it.each([...catalogues.values()].map(({ data }) => [data.id, data] as const))(
    'a snapshot is decided as the book at log-on, and a token as the snapshot: %s',
    (_, data) => {
      fc.assert(
        fc.property(
          tenantOf(data),
          tenantOf(data),
          fc.array(questionOf(data), { minLength: 10, maxLength: 20 }),
          (raw, other, questions) => {
            const { book: then, users } = worldOf(raw);
            for (const access of users.values()) {
              if (access?.state !== 'active') continue;
              const snapshot = snapshotSchema().parse(JSON.parse(JSON.stringify(snapshotOf(then, access, 5_000))));
              // Everything has changed since, but for the policies: those are as they are.
              const policies = [...then.records.values()].filter(({ kind }) => kind === 'policy');
              const now = worldOf(other).book.with(policies);
              const { ground, subject } = keptSubject(now, snapshot);
              const offline = new Offline(JSON.parse(JSON.stringify(offlineOf(ground, data.keeper, subject))));
              for (const question of questions) {
                expect(judge(ground, subject, question as never)).toEqual(decide(then, access, question as never));
                const answer = asThemselves(now, snapshot, question as never);
                const told = offline.decide(question as never);
                if (question.permission === data.keeper) expect(told).toBeUndefined();
                else if (told) expect(told).toEqual(without(answer, data.keeper));
                else expect(couldBeKeeper(data, question)).toBe(true);
              }
            }
          },
        ),
        runs(120),
      );
    },
  );

  /**
   * What the server answers the user themselves in the session, as somebody who is no keeper and whose rights of now show
   * no policy that those of then did not: a token tells neither. A product is told of all policies, online.
   */
  const asThemselves = (now: Book, snapshot: Snapshot, question: Question) => {
    const by: Authorised = { actor: { kind: 'person' }, keeper: false };
    const book = bookFor(now, by, question, (one) => keptSubject(one, snapshot).subject.rights);
    const { ground, subject } = keptSubject(book, snapshot);
    return judge(ground, subject, question);
  };

  const without = <T extends { by: readonly string[] }>(decision: T, keeper: string): T => ({
    ...decision,
    by: decision.by.filter((id) => id !== keeper),
  });

  const couldBeKeeper = (
    data: (typeof catalogues extends ReadonlyMap<string, infer C> ? C : never)['data'],
    question: { permission?: string | undefined; ability?: string | undefined },
  ) => {
    const ability = data.abilities.find(({ id }) => id === question.ability);
    return (
      ability?.anyPermission === true || [...(ability?.anyOf ?? []), ...(ability?.allOf ?? [])].includes(data.keeper)
    );
  };

  it('a token tells of no policy that the user does not see, to a product either; nor does what it answers', async () => {
    const at = await Sessions.of(harness);
    const policies: string[] = [];
    for (const name of ['Seen', 'Unseen'])
      policies.push((await at.tenant.ok('createPolicy', { body: { name } })).body.id);
    const [seen = '', unseen = ''] = policies;
    const absent = 'p000000000000';
    const sees: Record<string, readonly [readonly object[], readonly string[]]> = {
      none: [[{ permission: 'billing' }], []],
      one: [[{ permission: 'viewQuarantine', policies: [seen] }], [seen]],
      all: [[{ permission: 'viewQuarantine' }], [seen, unseen]],
      keeper: [[{ permission: 'manageAccessRights' }], []],
    };
    for (const [name, [grants, told]] of Object.entries(sees)) {
      const session = await at.logOn(await at.user(name, grants));
      for (const as of [at.product, at.as(name)]) {
        const { token, snapshot } = await tokenOf(at, session, as);
        expect([...contentOf(token).policies].sort()).toEqual([...told].sort());
        if (name === 'keeper') expect(contentOf(token).sets).toEqual([]);
        for (const policy of [seen, unseen, absent])
          for (const question of [
            { permission: 'viewQuarantine', policy },
            { permission: 'billing', policy },
          ]) {
            const own = { as: at.as(name), body: { session, ...question } };
            const { reason } = (await at.tenant.ok('check', own)).body;
            // Keepers are told of all policies by the server, which the token cannot do without telling what they are.
            const expected = name === 'keeper' && policy === absent ? 'not-granted' : reason;
            expect([name, policy, snapshot.check(question)]).toEqual([
              name,
              policy,
              expect.objectContaining({ reason: expected }),
            ]);
          }
        if (name === 'one')
          expect(snapshot.check({ permission: 'viewQuarantine', policy: absent })).toEqual(
            snapshot.check({ permission: 'viewQuarantine', policy: unseen }),
          );
      }
    }
  });

  it('what the server refuses as no valid question is refused offline, and is no right', async () => {
    const at = await Sessions.of(harness);
    const session = await at.logOn(await at.user('ann', [{ permission: '*' }]));
    const { snapshot } = await tokenOf(at, session);
    const rule = 'x000000000000';
    const invalid = [
      {},
      { policy: 'p000000000000' },
      { right: 'edit' },
      { right: 'edit', rule: undefined },
      { right: 'own', rule },
      { permission: 'logExport', right: 'view', rule },
      { permission: 'logExport', right: 'view', rule: undefined },
      { permission: 'logExport', ability: 'connectionTab' },
      { permission: 'createRules', rule, ruleType: 'signatureRule' },
      { permission: 'logExport', policy: null },
      // A check of another user, and a misspelt field: an overlooked field would be answered as if it were absent.
      { permission: 'logExport', user: 'u00000000000000000000' },
      { permission: 'createRules', rul: rule },
    ];
    for (const question of invalid) {
      expect([question, (await at.ask(session, question)).status]).toEqual([
        question,
        'user' in question ? expect.any(Number) : 400,
      ]);
      expect(() => snapshot.check(question as never), JSON.stringify(question)).toThrow(TypeError);
    }
    // @ts-expect-error a right is on a rule
    expect(() => snapshot.check({ right: 'edit' })).toThrow(TypeError);
    // @ts-expect-error one thing at a time
    expect(() => snapshot.check({ permission: 'logExport', ability: 'logOn' })).toThrow(TypeError);
    expect(snapshot.check({ permission: 'logExport' })).toMatchObject({ allowed: true });
  });

  it('a token from the API decides as a check in the session, at the version that it names', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [{ permission: 'viewQuarantine' }, { permission: 'billing' }]);
    const session = await at.logOn(user);
    await at.tenant.setGrants(user, [{ permission: 'logExport' }]);
    const { snapshot } = await tokenOf(at, session);
    const policy = 'p000000000000';
    for (const question of [
      { permission: 'viewQuarantine' },
      { permission: 'viewQuarantine', policy },
      { permission: 'billing' },
      { permission: 'logExport' },
      { ability: 'logOn' },
      { ability: 'connectionTab' },
    ]) {
      // Asked by the product: to whom everything is shown, as it is to this user, who holds something for all policies.
      const { body } = await at.ask(session, question);
      const { allowed, reason, enforced, by } = body;
      expect(snapshot.check(question)).toEqual({ allowed, enforced, reason, by });
      expect(snapshot.version).toBe(body.session.version);
      expect(snapshot.at).toBe(body.session.at);
    }
    expect(snapshot).toMatchObject({ user, session });
  });
});

/** A token of a session, and what it says once it is checked. */
const tokenOf = async (at: Sessions, session: string, as = at.product) => {
  const { body } = await at.tenant.ok('createSnapshotToken', { as, params: { sessionId: session } });
  const keys = (await harness.ok('getJwks')).body as KeySet;
  const expected = { issuer: 'holdfast', tenant: at.tenant.id };
  const snapshot = await verifySnapshot(body.token, keys, { ...expected, now: () => harness.store.now });
  return { token: body.token as string, expiresAt: body.expiresAt as string, keys, expected, snapshot };
};

/** The payload of a token, as its holder can read it. */
const contentOf = (token: string) => {
  const { content } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return JSON.parse(inflateSync(Buffer.from(content, 'base64url')).toString());
};

describe('the keeper permission', () => {
  it('is never in a token, however it is granted; who asks is sent to the server', async () => {
    const at = await Sessions.of(harness);
    const role = await at.tenant.role('Keepers', [{ permission: 'manageAccessRights' }, { permission: 'billing' }]);
    for (const [name, grants] of [
      ['star', [{ permission: '*' }]],
      ['own', [{ permission: 'manageAccessRights' }, { permission: 'billing' }]],
      ['role', []],
    ] as const) {
      const user = await at.user(name, grants);
      if (name === 'role')
        await at.tenant.ok('addRoleMembers', { params: { roleId: role }, body: { members: [user] } });
      const { token, snapshot } = await tokenOf(at, await at.logOn(user));
      expect(snapshot.check({ permission: 'manageAccessRights' })).toBe(askTheServer);
      expect(snapshot.check({ ability: 'modifyAccessRoles' })).toBe(askTheServer);
      expect(snapshot.check({ permission: 'billing' })).toMatchObject({ allowed: true, by: ['billing'] });
      const said = contentOf(token);
      expect(JSON.stringify(said.sets)).not.toMatch(/manageAccessRights|\*/);
      expect(said.permissions.manageAccessRights).toBeUndefined();
      expect(said.server).toEqual(['manageAccessRights']);
    }
  });

  it('that includes all others gives those others: superAdministrator in email-security', async () => {
    const at = await Sessions.of(harness, 'email-security');
    const user = await at.user('ann', [{ permission: 'superAdministrator' }]);
    const { snapshot } = await tokenOf(at, await at.logOn(user));
    expect(snapshot.check({ permission: 'superAdministrator' })).toBe(askTheServer);
    expect(snapshot.check({ permission: 'viewQuarantine' })).toMatchObject({ allowed: true });
    expect(snapshot.check({ ability: 'logOn' })).toMatchObject({ allowed: true });
  });
});

describe('a token', () => {
  it('is good for five minutes at most, and not beyond the end of its session', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [{ permission: 'billing' }]);
    const { expiresAt, snapshot } = await tokenOf(at, await at.logOn(user));
    expect(Date.parse(expiresAt) - harness.store.now).toBeGreaterThan(290_000);
    expect(Date.parse(expiresAt) - harness.store.now).toBeLessThanOrEqual(300_000);
    expect(snapshot.expiresAt).toBe(expiresAt);
    const short = await at.tenant.ok('createSession', { as: at.product, body: { user, seconds: 60 } });
    const late = await tokenOf(at, short.body.id);
    expect(late.expiresAt).toBe(short.body.expiresAt);
    try {
      skew = 301_000;
      expect(() => snapshot.check({ permission: 'billing' })).toThrow(SnapshotRefused);
    } finally {
      skew = 0;
    }
  });

  it('is read, not recorded: the trail has the log-on, with who it is for and what is kept until when', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [{ permission: 'billing' }]);
    const { body: session } = await at.tenant.ok('createSession', { as: at.product, body: { user } });
    const trail = async () => (await at.tenant.ok('listEvents')).body.items;
    const before = await trail();
    const { snapshot } = await tokenOf(at, session.id);
    expect(await trail()).toEqual(before);
    const [logOn] = before.filter(({ action }: { action: string }) => action === 'session.started');
    expect(logOn).toMatchObject({
      target: user,
      after: { session: snapshot.session, version: snapshot.version, expires: session.expiresAt },
    });
  });

  it('is for whom the session is for, and only of a session that keeps something and has not ended', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [{ permission: 'billing' }]);
    await at.user('bob', [{ permission: 'billing' }]);
    const params = { sessionId: await at.logOn(user) };
    const ask = (as = at.product) => at.tenant.call('createSnapshotToken', { as, params });
    expect((await ask(at.as('ann'))).status).toBe(200);
    expect((await ask(at.as('bob'))).status).toBe(404);
    await at.mode('immediately');
    expect((await ask()).body.code).toBe('no-snapshot');
    await at.mode('nextLogon');
    await at.tenant.ok('updateUser', { params: { userId: user }, body: { state: 'disabled' } });
    expect((await ask()).status).toBe(404);
  });

  it('is refused when it is not what it must be', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [{ permission: 'billing' }]);
    const { token, keys, expected } = await tokenOf(at, await at.logOn(user));
    const [head = '', body = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const header = JSON.parse(Buffer.from(head, 'base64url').toString());
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const why = async (one: string, more: object = {}, by: KeySet = keys) => {
      try {
        await verifySnapshot(one, by, { ...expected, ...more });
        return 'believed';
      } catch (error) {
        return error instanceof SnapshotRefused ? error.reason : String(error);
      }
    };
    /** Signed by the real key, which only the server has. */
    const signed = async (h: object, c: object) => {
      const text = `${part({ ...header, ...h })}.${part({ ...claims, ...c })}`;
      const { sign } = await harness.runtime.signer.key();
      return `${text}.${Buffer.from(sign(Buffer.from(text))).toString('base64url')}`;
    };
    expect(await why(token)).toBe('believed');
    expect(await why(await signed({}, {}))).toBe('believed');
    // Nobody signed it, or not with this.
    expect(await why(`${part({ ...header, alg: 'none' })}.${body}.`)).toBe('algorithm');
    expect(await why(`${head}.${body}.`)).toBe('signature');
    expect(await why(`${head}.${part({ ...claims, sub: 'u00000000000000000000' })}.${signature}`)).toBe('signature');
    const [key] = keys.keys;
    const pem = createPublicKey({ key: key as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    for (const secret of [Buffer.from(pem), Buffer.from(JSON.stringify(key))]) {
      const mac = new SignJWT(claims).setProtectedHeader({ ...header, alg: 'HS256' });
      expect(await why(await mac.sign(secret))).toBe('algorithm');
    }
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const forged = sign('sha256', Buffer.from(`${head}.${body}`), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(await why(`${head}.${body}.${forged.toString('base64url')}`)).toBe('signature');
    const own = { ...publicKey.export({ format: 'jwk' }), kid: 'mine' } as KeySet['keys'][number];
    expect(await why(await signed({ jwk: own, kid: 'mine' }, {}))).toBe('key');
    expect(await why(token, {}, { keys: [] })).toBe('key');
    expect(await why(token, {}, { keys: [{ ...own, kid: header.kid }] })).toBe('signature');
    // Signed, and meant for something else.
    expect(await why(await signed({ typ: 'at+jwt' }, {}))).toBe('type');
    expect(await why(await signed({ typ: undefined }, {}))).toBe('type');
    expect(await why(await signed({ crit: ['exp'] }, {}))).toBe('algorithm');
    expect(await why(await signed({}, { aud: 'holdfast' }))).toBe('audience');
    expect(await why(await signed({}, { aud: ['holdfast-snapshot'] }))).toBe('audience');
    expect(await why(token, { issuer: 'https://other.test' })).toBe('issuer');
    expect(await why(token, { tenant: 't000000000000' })).toBe('tenant');
    expect(await why(token, { now: () => claims.exp * 1000 })).toBe('expired');
    expect(await why(token, { now: () => (claims.iat - 61) * 1000 })).toBe('expired');
    expect(await why(await signed({}, { exp: claims.iat + 301 }))).toBe('malformed');
    expect(await why(await signed({}, { exp: undefined }))).toBe('malformed');
    expect(await why(await signed({}, { nbf: claims.iat + 250 }))).toBe('expired');
    expect(await why(await signed({}, { nbf: String(claims.iat) }))).toBe('malformed');
    expect(await why(await signed({}, { nbf: claims.iat }))).toBe('believed');
    // A key that is published for something else.
    for (const other of [{ use: 'enc' }, { alg: 'ECDH-ES' }, { use: 'enc', alg: 'ECDH-ES' }])
      expect(await why(token, {}, { keys: [{ ...(key as KeySet['keys'][number]), ...other }] })).toBe('key');
    const { use: _, alg: __, ...bare } = key as KeySet['keys'][number];
    expect(await why(token, {}, { keys: [bare] })).toBe('believed');
    for (const nonsense of ['', 'a.b', 'a.b.c', '..', `${head}.${body}.${signature}.x`, `${head}.${body}.*`])
      expect(await why(nonsense)).toBe('malformed');
  });

  it('of too many things is refused, with what to do instead', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [{ permission: 'viewQuarantine' }]);
    const session = await at.logOn(user);
    const view = await harness.store.view(at.tenant.id);
    const found = await opened(view as View, { actor: { kind: 'service' }, keeper: false }, session as SessionId);
    const policies = Array.from(
      { length: 40_000 },
      () =>
        recordSchema('policy')?.parse({
          kind: 'policy',
          rev: 1,
          id: freshIds.next('policy'),
          name: '',
          description: '',
          deleted: false,
        }) as BookRecord,
    );
    const book = view?.book.with(policies) as Book;
    const token = snapshotToken(at.tenant.id, book, found as Opened, harness.runtime.signer, Date.now());
    await expect(token).rejects.toMatchObject({ code: 'quota-exceeded' });
    await expect(token).rejects.toThrow('POST /v1/check');
  });
});

describe('the published keys', () => {
  it('may be kept for five minutes by anybody, and what is refused may not', async () => {
    const { headers } = await harness.ok('getJwks');
    expect(headers['cache-control']).toBe('public, max-age=300');
    const { signer } = harness.runtime;
    try {
      Object.assign(harness.runtime, { signer: new RingSigner(brokenDb, () => noVault) });
      const { status, headers } = await harness.call('getJwks');
      expect([status, headers['cache-control']]).toEqual([500, 'no-store']);
    } finally {
      Object.assign(harness.runtime, { signer });
    }
  });

  it('are replaced every day without a gap: a new key is published before it signs', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [{ permission: 'billing' }]);
    const { signer } = harness.runtime;
    // Two processes, one of which has not signed for long.
    const [one, other] = [ringOf('two processes'), ringOf('two processes')];
    const [minute, day] = [60_000, 86_400_000];
    const seen: { keys: KeySet; token: string; at: number }[] = [];
    const wait = async (ms: number, by: RingSigner) => {
      skew += ms;
      Object.assign(harness.runtime, { signer: by });
      const { keys, token } = await tokenOf(at, await at.logOn(user));
      seen.push({ keys, token, at: harness.store.now });
      return keys.keys.map(({ kid }) => kid);
    };
    try {
      const first = await wait(0, one);
      expect(await wait(12 * 60 * minute, other)).toEqual(first);
      const second = await wait(day, one);
      expect(second).toHaveLength(2);
      expect(second[1]).toBe(first[0]);
      // Published only, and then it signs.
      expect(kidOf(seen.at(-1)?.token)).toBe(second[1]);
      await wait(5 * minute, other);
      expect(kidOf(seen.at(-1)?.token)).toBe(second[1]);
      await wait(5 * minute + 1, one);
      expect(kidOf(seen.at(-1)?.token)).toBe(second[0]);
      await wait(day, other);
      await wait(11 * minute, other);
      expect(await wait(day, one)).toHaveLength(3);
      // What a verifier fetched up to five minutes and one before a token was made is enough to believe it.
      for (const { token, at: made } of seen)
        for (const { keys, at: fetched } of seen)
          if (fetched <= made && fetched > made - 6 * minute) expect(await believed(token, keys, made)).toBe(true);
      // A token of the key before the last is not of the newest two any more, but still published as long as it can be good.
      expect(await believed(seen[2]?.token, seen[3]?.keys, seen[2]?.at)).toBe(true);
      expect(JSON.stringify(seen)).not.toContain('"d"');
    } finally {
      skew = 0;
      Object.assign(harness.runtime, { signer });
    }

    async function believed(token = '', keys: KeySet = { keys: [] }, now = 0) {
      try {
        await verifySnapshot(token, keys, { issuer: 'holdfast', tenant: at.tenant.id, now: () => now });
        return true;
      } catch (error) {
        return error instanceof SnapshotRefused ? error.reason : error;
      }
    }
  });

  it('are made once by processes that need one at the same moment', async () => {
    const rings = Array.from({ length: 8 }, () => ringOf('at once'));
    const signing = await Promise.all(rings.map((one) => one.key()));
    expect(new Set(signing.map(({ kid }) => kid)).size).toBe(1);
    for (const one of rings) expect((await one.jwks()).keys.map(({ kid }) => kid)).toEqual([signing[0]?.kid]);
  });

  it('of another ring are others at once, because the secret or its number is another', async () => {
    const [one, two] = [ringOf('one'), ringOf('two')];
    const [a, b] = [await one.key(), await two.key()];
    expect(a.kid).not.toBe(b.kid);
    expect((await two.jwks()).keys.map(({ kid }) => kid)).toEqual([b.kid]);
    // A restart with the same secret goes on with the same key.
    expect((await ringOf('one').key()).kid).toBe(a.kid);
  });
});

const kidOf = (token = ''): string => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
const ringOf = (secret: string): RingSigner => new RingSigner(harness.store.db, () => localVault(secret));
/** A table that does not answer. */
const brokenDb = new Db({ send: () => Promise.reject(new Error('down')) } as never, 'none');

/** A stand-in for KMS that seals and opens in earnest, and counts. */
const standIn = (arn = 'arn:key') => {
  const secret = localVault(`the key in KMS ${arn}`);
  const sent: string[] = [];
  const send = async (command: { readonly input: object }) => {
    const { name } = command.constructor;
    sent.push(name);
    const { KeyId, EncryptionContext, CiphertextBlob, KeyPairSpec } = command.input as Record<string, unknown>;
    expect([KeyId, EncryptionContext]).toEqual([arn, { purpose: 'holdfast-snapshot-tokens' }]);
    if (name === 'DecryptCommand') {
      const open = await secret.open(CiphertextBlob as Uint8Array).catch(() => {
        throw Object.assign(new Error('sealed by another key'), { name: 'IncorrectKeyException' });
      });
      return { Plaintext: open.export({ type: 'pkcs8', format: 'der' }) };
    }
    expect(KeyPairSpec).toBe('ECC_NIST_P256');
    const { x, y, sealed } = await secret.make();
    const open = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    return { PublicKey: open.export({ type: 'spki', format: 'der' }), PrivateKeyCiphertextBlob: sealed };
  };
  return { sent, kms: async () => ({ send }) };
};

describe('a vault in KMS', () => {
  it('is asked once for a key and once to open it, however many tokens are signed', async () => {
    const { sent, kms } = standIn();
    const signer = new RingSigner(harness.store.db, () => kmsVault('arn:key', 'kms', kms as never));
    const message = Buffer.from('what is signed');
    for (let n = 0; n < 40; n += 1) {
      const { kid, sign } = await signer.key();
      const raw = sign(message);
      const key = (await signer.jwks()).keys.find((one) => one.kid === kid);
      expect(raw).toHaveLength(64);
      const open = createPublicKey({ key: key as never, format: 'jwk' });
      expect(verify('sha256', message, { key: open, dsaEncoding: 'ieee-p1363' }, raw)).toBe(true);
    }
    const made = ['GenerateDataKeyPairWithoutPlaintextCommand', 'DecryptCommand'];
    expect(sent).toEqual(made);
    // Another process opens the same key. The function that publishes asks KMS for nothing.
    await new RingSigner(harness.store.db, () => kmsVault('arn:key', 'kms', kms as never)).key();
    const publisher = new RingSigner(harness.store.db, () => kmsVault('', 'kms', kms as never));
    expect((await publisher.jwks()).keys).toHaveLength(1);
    expect(sent).toEqual([...made, 'DecryptCommand']);
  });

  it('does not stand in the way of another on the same table: a stack that was made anew, or a second beside it', async () => {
    const [before, after] = [standIn('arn:before'), standIn('arn:after')];
    const processOf = (arn: string, { kms }: typeof before) =>
      new RingSigner(harness.store.db, () => kmsVault(arn, 'one of two', kms as never));
    const [one, other] = [() => processOf('arn:before', before), () => processOf('arn:after', after)];
    const published = async () => (await processOf('', before).jwks()).keys.map(({ kid }) => kid);
    try {
      const first = await one().key();
      const second = await other().key();
      expect(second.kid).not.toBe(first.kid);
      expect((await published()).sort()).toEqual([first.kid, second.kid].sort());
      // Every process of a stack finds the key of the stack, whichever is newer.
      for (const [make, { kid }] of [
        [one, first],
        [other, second],
      ] as const)
        for (const found of await Promise.all([make().key(), make().key()])) expect(found.kid).toBe(kid);
      const made = ({ sent }: typeof before) => sent.filter((name) => name.startsWith('Generate')).length;
      expect([made(before), made(after)]).toEqual([1, 1]);
      // So it stays when keys are replaced, in processes that have signed before, too.
      const kept = [one(), other()];
      for (const process of kept) await process.key();
      for (let day = 1; day <= 3; day += 1) {
        skew += 86_400_001;
        for (const process of kept) await process.key();
        skew += 11 * 60_000;
        const kids = await Promise.all(
          [...kept, one(), other()].map((process) => process.key().then(({ kid }) => kid)),
        );
        expect(new Set(kids).size).toBe(2);
        const known = await published();
        for (const kid of kids) expect(known).toContain(kid);
      }
      // Of three days' keys of each, and of the first day's none.
      expect(await published()).toHaveLength(6);
    } finally {
      skew = 0;
    }
  });

  it.each([
    ['ThrottlingException', 503, 'busy'],
    ['LimitExceededException', 503, 'busy'],
    ['KMSInternalException', 503, 'busy'],
    ['DependencyTimeoutException', 503, 'busy'],
    ['KeyUnavailableException', 503, 'busy'],
    ['TimeoutError', 503, 'busy'],
    ['ECONNRESET', 503, 'busy'],
    ['AccessDeniedException', 500, 'internal'],
    ['DisabledException', 500, 'internal'],
    ['KMSInvalidStateException', 500, 'internal'],
  ])('%s of KMS is %i for who asks for a token, and the next request tries again', async (name, status, code) => {
    const at = await Sessions.of(harness);
    const sessionId = await at.logOn(await at.user('ann', [{ permission: 'billing' }]));
    const { sent, kms } = standIn();
    let down = true;
    const fails = async () => ({
      send: async (command: never) => {
        if (down) throw Object.assign(new Error('Rate exceeded for arn:aws:kms:eu-central-1:1:key/k'), { name });
        return (await kms()).send(command);
      },
    });
    const { signer } = harness.runtime;
    const vault: Vault = kmsVault('arn:key', `kms ${name}`, fails as never);
    try {
      Object.assign(harness.runtime, { signer: new RingSigner(harness.store.db, () => vault) });
      const ask = () => at.tenant.call('createSnapshotToken', { as: at.product, params: { sessionId } });
      const { status: was, body, headers } = await ask();
      expect([was, body.code, headers['retry-after']]).toEqual([status, code, status === 503 ? '2' : undefined]);
      expect(JSON.stringify(body)).not.toContain('arn:');
      expect((await harness.ok('getJwks')).body).toEqual({ keys: [] });
      down = false;
      expect((await ask()).status).toBe(200);
      expect(sent).toHaveLength(2);
    } finally {
      Object.assign(harness.runtime, { signer });
    }
  });

  it('is named as missing where there is none', async () => {
    await expect(new RingSigner(harness.store.db, () => noVault).key()).rejects.toThrow('SNAPSHOT_KEY');
  });
});
