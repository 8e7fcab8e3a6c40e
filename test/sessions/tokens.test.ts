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
import { kmsSigner, rawSignature } from '../../shared/http/signing/kms.ts';
import { localSigner, noSigner } from '../../shared/http/signing/signer.ts';
import { snapshotToken } from '../../shared/http/signing/snapshot-token.ts';
import type { Authorised } from '../../shared/store/authorised.ts';
import { systemClock } from '../../shared/store/db.ts';
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
      // Of somebody else, and with a slip of the pen: what is overlooked would be answered as if it were not there.
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

/** What a token carries, as whoever holds it can read it. */
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
      return `${text}.${Buffer.from(await harness.runtime.signer.sign(Buffer.from(text))).toString('base64url')}`;
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
      Object.assign(harness.runtime, { signer: noSigner });
      const { status, headers } = await harness.call('getJwks');
      expect([status, headers['cache-control']]).toEqual([500, 'no-store']);
    } finally {
      Object.assign(harness.runtime, { signer });
    }
  });

  it('are replaced without a gap: a token of the former key is believed as long as that is published', async () => {
    const at = await Sessions.of(harness);
    const session = await at.logOn(await at.user('ann', [{ permission: 'billing' }]));
    const jwk = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
    const [old, next] = [jwk(), jwk()];
    const { signer } = harness.runtime;
    const published: KeySet[] = [];
    const tokens: string[] = [];
    const stages = [localSigner(old, undefined, [next]), localSigner(next, undefined, [old]), localSigner(next)];
    try {
      for (const one of stages) {
        Object.assign(harness.runtime, { signer: one });
        const { keys, token } = await tokenOf(at, session);
        published.push(keys);
        tokens.push(token);
      }
    } finally {
      Object.assign(harness.runtime, { signer });
    }
    const expected = { issuer: 'holdfast', tenant: at.tenant.id };
    const believed = (token = '', keys: KeySet = { keys: [] }) =>
      verifySnapshot(token, keys, expected).then(
        () => true,
        ({ reason }) => reason,
      );
    // Tokens of a stage by the keys of the one before, of itself, and of the one after; `key` says to fetch them again.
    expect(await believed(tokens[0], published[1])).toBe(true);
    expect(await believed(tokens[1], published[0])).toBe(true);
    expect(await believed(tokens[1], published[2])).toBe(true);
    expect(await believed(tokens[2], published[1])).toBe(true);
    expect(await believed(tokens[0], published[2])).toBe('key');
    expect(JSON.stringify(published)).not.toContain('"d"');
  });

  it('of KMS are the one that signs and the further ones, each under its own name', async () => {
    const asked: string[] = [];
    const kms = async () => ({
      send: async ({ input }: { input: object }) => {
        asked.push((input as { KeyId: string }).KeyId);
        const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        return { PublicKey: publicKey.export({ type: 'spki', format: 'der' }) };
      },
    });
    const signer = kmsSigner('arn:one', 'holdfast', kms, ['arn:two', 'arn:three']);
    const { keys } = await signer.jwks();
    expect(await signer.jwks()).toEqual({ keys });
    expect(asked).toEqual(['arn:one', 'arn:two', 'arn:three']);
    expect(keys.map(({ kid }) => kid)).toEqual(
      ['arn:one', 'arn:two', 'arn:three'].map((arn) => kmsSigner(arn, 'holdfast', kms).kid),
    );
    expect(signer.kid).toBe(keys[0]?.kid);
  });
});

describe('signers', () => {
  it('a key of KMS: signs a digest, hands out what its public key is, and is named by its name', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const sent: string[] = [];
    const kms = async () => ({
      send: async (command: { input: object }) => {
        const { name } = command.constructor;
        sent.push(name);
        if (name === 'GetPublicKeyCommand') return { PublicKey: publicKey.export({ type: 'spki', format: 'der' }) };
        const { MessageType, SigningAlgorithm, Message } = command.input as {
          MessageType: string;
          SigningAlgorithm: string;
          Message: Uint8Array;
        };
        expect([MessageType, SigningAlgorithm, Message.length]).toEqual(['DIGEST', 'ECDSA_SHA_256', 32]);
        // As KMS signs: the digest as it is, the signature as DER. Node takes messages only, so it is told the message.
        return { Signature: sign('sha256', message, { key: privateKey, dsaEncoding: 'der' }) };
      },
    });
    const message = Buffer.from('what is signed');
    const signer = kmsSigner('arn:aws:kms:eu-central-1:1:key/k', 'https://issuer.test', kms as never);
    const [key] = (await signer.jwks()).keys;
    await signer.jwks();
    expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', kid: signer.kid, alg: 'ES256', use: 'sig' });
    for (let n = 0; n < 40; n += 1) {
      const raw = await signer.sign(message);
      expect(raw).toHaveLength(64);
      expect(verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw)).toBe(true);
    }
    expect(sent.filter((one) => one === 'GetPublicKeyCommand')).toHaveLength(1);
    expect(() => rawSignature(new Uint8Array())).toThrow('not an ECDSA signature');
    expect(() => rawSignature(Buffer.from('3003020101', 'hex'))).toThrow('not an ECDSA signature');
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
  ])('%s of KMS is %i for who asks for a token, and for the keys', async (name, status, code) => {
    const at = await Sessions.of(harness);
    const sessionId = await at.logOn(await at.user('ann', [{ permission: 'billing' }]));
    const fails = async () => ({
      send: async () => {
        throw Object.assign(new Error('Rate exceeded for arn:aws:kms:eu-central-1:1:key/k'), { name });
      },
    });
    const { signer } = harness.runtime;
    try {
      Object.assign(harness.runtime, { signer: kmsSigner('arn:aws:kms:eu-central-1:1:key/k', 'holdfast', fails) });
      const token = await at.tenant.call('createSnapshotToken', { as: at.product, params: { sessionId } });
      for (const { status: was, body, headers } of [token, await harness.call('getJwks')]) {
        expect([was, body.code, headers['retry-after']]).toEqual([status, code, status === 503 ? '2' : undefined]);
        expect(JSON.stringify(body)).not.toContain('arn:');
      }
    } finally {
      Object.assign(harness.runtime, { signer });
    }
  });

  it('a deployment without a key says so, and an own key is the same after a restart', async () => {
    await expect(noSigner.sign(new Uint8Array())).rejects.toThrow('SNAPSHOT_KEY');
    await expect(noSigner.jwks()).rejects.toThrow('SNAPSHOT_KEY');
    const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
    expect(localSigner(jwk).kid).toBe(localSigner(jwk).kid);
    expect(localSigner().kid).not.toBe(localSigner().kid);
    const [key] = (await localSigner(jwk).jwks()).keys;
    expect(key).not.toHaveProperty('d');
  });
});
