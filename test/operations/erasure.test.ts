// Erasing a deleted person: every value goes, events say where values were, and whatever was sealed stays as it was.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import type { UserId } from '../../shared/domain/base/ids.ts';
import { operation, operationIds } from '../../shared/routes/operations.ts';
import { toDeleted } from '../../shared/store/deleted.ts';
import { erasuresSwept } from '../../shared/store/erasure-sweep.ts';
import { partitions } from '../../shared/store/keys.ts';
import { sealStateOf, segmentsAfter } from '../../shared/store/seal-state.ts';
import { sealedLines } from '../../shared/store/sealed-events.ts';
import { sealSlice } from '../../shared/store/sealing.ts';
import { needsSweep } from '../../shared/store/sweep.ts';
import { Directory, deleted, drain, person as entry, modified, userDn } from '../support/directory.ts';
import { bootEngine, Harness, person, type Reply, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { samples, Targets } from '../support/samples.ts';
import { nameOf, SleepingClock, Wrapped } from '../support/wrapped.ts';

let engine: Engine;
let h: Harness;
let wrapped: Wrapped;
const clock = new SleepingClock(Date.UTC(2026, 2, 1, 12));
beforeAll(async () => {
  const booted = await bootEngine();
  engine = booted.engine;
  wrapped = new Wrapped(booted.client);
  h = new Harness(wrapped, booted.table, { clock });
});
afterAll(() => engine.close());

const erase = (t: Tenant, userId: string, as = t.admin): Promise<Reply> =>
  h.call('eraseUser', { as, params: { userId } });
const remove = (t: Tenant, userId: string) => t.ok('deleteUser', { params: { userId } });
const events = async (t: Tenant, query: Record<string, string>) => (await t.ok('listEvents', { query })).body.items;

/** A person with marked values, of whom several events tell. */
const marked = async (t: Tenant, mark = 'zmark') => {
  const { body } = await t.ok('createUser', {
    body: {
      kind: 'person',
      name: `${mark} one`,
      login: `${mark}.login`,
      mail: `${mark}@mail.test`,
      externalId: `${mark}#1`,
    },
  });
  const params = { userId: body.id };
  clock.time += 1_000;
  await t.ok('updateUser', {
    params,
    body: { name: `${mark} two`, mail: `${mark}2@mail.test`, externalId: `${mark}#2` },
  });
  const { invitation } = (await t.ok('inviteUser', { params })).body;
  await h.ok('acceptInvitation', { as: person(t.id, `${mark}-subject`), body: { invitation } });
  clock.time += 1_000;
  return body.id as UserId;
};
const holding = async (t: Tenant, mark: string) =>
  (await h.items(t.id)).filter((item) => JSON.stringify(item).includes(mark));

const sealedOf = async (t: Tenant) => {
  const { db } = h.store;
  while ((await sealSlice(db, t.id, { margin: 0 })).more);
  const lines: string[] = [];
  for await (const segment of segmentsAfter(db, t.id, 0)) lines.push(...(await sealedLines(db, t.id, segment)));
  return { root: (await sealStateOf(db, t.id))?.root, lines };
};

describe('an erased person', () => {
  it('leaves no value, and every sealed line and the root as they were', async () => {
    const t = await h.tenant();
    const user = await marked(t);
    await remove(t, user);
    await drain(h);
    clock.time += 1_000;
    const before = await sealedOf(t);
    expect(before.lines.length).toBeGreaterThan(5);
    expect(before.lines.join()).not.toContain('zmark');
    const erased = await erase(t, user);
    expect([erased.status, erased.body]).toEqual([200, { id: user, erasedAt: new Date(clock.time).toISOString() }]);

    // Hidden from this moment on, though the values are still to be swept.
    expect((await holding(t, 'zmark')).length).toBeGreaterThan(0);
    const told = await events(t, { target: user });
    expect(JSON.stringify(told)).not.toContain('zmark');
    const updated = told.find((one: { action: string }) => one.action === 'user.updated');
    const gone = { ref: updated.id, erased: true };
    expect([updated.before, updated.after]).toMatchObject([{ name: gone }, { name: gone, mail: gone }]);
    expect(told[0]).toMatchObject({ action: 'user.erased', before: { state: 'deleted' }, after: { state: 'deleted' } });

    await drain(h);
    expect(await holding(t, 'zmark')).toEqual([]);
    expect(await needsSweep(h.store, t.id)).toBe(false);
    expect(await events(t, { target: user })).toEqual(told);
    const after = await sealedOf(t);
    expect(after.lines.slice(0, before.lines.length)).toEqual(before.lines);
    expectProblem(await h.call('restoreUser', { as: t.admin, params: { userId: user } }), 'not-restorable');
    expect((await t.ok('listUsers', { query: { deleted: 'true' } })).body.items).toEqual([]);
  });

  it('is erased once: again changes nothing, and is no second event', async () => {
    const t = await h.tenant();
    const user = await marked(t);
    await remove(t, user);
    const { body } = await erase(t, user);
    await drain(h);
    clock.time += 5_000;
    const before = await h.items(t.id);
    expect((await erase(t, user)).body).toEqual(body);
    expect(await h.items(t.id)).toEqual(before);
  });

  it('is swept in slices, and by a worker that begins again', async () => {
    const t = await h.tenant();
    const user = await marked(t);
    for (let n = 0; n < 120; n += 1)
      await t.ok('updateUser', { params: { userId: user }, body: { name: `zmark ${n}` } });
    const values = () => h.store.db.all({ partition: partitions.values(t.id, user) });
    expect((await values()).length).toBeGreaterThan(120);
    await remove(t, user);
    await erase(t, user);
    h.work.splice(0);
    let slices = 0;
    while (!(await erasuresSwept(h.store.db, t.id, () => true))) slices += 1;
    expect(slices).toBeGreaterThan(1);
    expect(await values()).toEqual([]);
  });
});

describe('an erasure is refused', () => {
  it.each([
    ['of a user who is there', 'not-erasable', async (t: Tenant) => ({ user: await t.user('There') })],
    ['of oneself', 'not-erasable', async (t: Tenant) => ({ user: t.firstUser })],
    ['of nobody', 'not-found', async () => ({ user: 'u00000000000000000000' })],
    [
      'under a legal hold',
      'legal-hold',
      async (t: Tenant) => {
        const user = await marked(t);
        await remove(t, user);
        const body = { retentionDays: null, legalHold: true, destination: null };
        await t.ok('putAuditSettings', { headers: { 'if-match': '*' }, body });
        return { user };
      },
    ],
    [
      'to who manages users only',
      'forbidden',
      async (t: Tenant) => {
        const user = await marked(t);
        await remove(t, user);
        await t.setGrants(await t.user('Manager', 'manager'), [{ permission: 'manageUsers' }]);
        return { user, as: person(t.id, 'manager') };
      },
    ],
  ] as const)('%s, and nothing changes', async (_, code, given) => {
    const t = await h.tenant();
    const { user, as } = { as: t.admin, ...(await given(t)) };
    const before = await h.facts(t.id);
    const reply = await erase(t, user, as);
    expectProblem(reply, code);
    if (code === 'not-erasable' && user !== t.firstUser)
      expect(reply.body.detail).toContain(`DELETE /v1/users/${user}`);
    expect(await h.facts(t.id)).toEqual(before);
  });
});

describe('a legal hold that is set while an erasure is under way', () => {
  const hold = (t: Tenant, legalHold: boolean) =>
    t.ok('putAuditSettings', {
      headers: { 'if-match': '*' },
      body: { retentionDays: null, legalHold, destination: null },
    });

  it.each([
    ['no settings', async () => {}],
    ['other settings', (t: Tenant) => hold(t, true).then(() => hold(t, false))],
  ] as const)('is not overtaken, when there were %s before', async (_, furnished) => {
    const t = await h.tenant();
    const user = await marked(t);
    await remove(t, user);
    await drain(h);
    await furnished(t);
    // The erasure has read that there is no hold, and writes after the hold has been answered.
    let before: unknown;
    wrapped.around = async (command, send) => {
      if (nameOf(command) !== 'TransactWrite') return send();
      wrapped.heal();
      await hold(t, true);
      before = await h.facts(t.id);
      return send();
    };
    expectProblem(await erase(t, user), 'legal-hold');
    expect(await h.facts(t.id)).toEqual(before);
    expect((await holding(t, 'zmark')).length).toBeGreaterThan(0);
  });
});

describe('a directory that still lists an erased person', () => {
  it('is warned about, keeps nothing of the person here, and delivers a new user with values of their own', async () => {
    const t = await h.tenant();
    const d = await Directory.of(t);
    await d.take(entry('zmarkada', 1));
    const user = d.user(1);
    clock.time += 1_000;
    await d.take(modified(userDn('zmarkada'), 'replace: mail', 'mail: old@zmarkada.test', '-'));
    clock.time += 1_000;
    await t.ok('deleteUser', { params: { userId: user } });
    await drain(h);
    expect((await holding(t, 'zmarkada')).some(({ PK }) => String(PK).includes('#O#'))).toBe(true);
    expect((await erase(t, user)).body.warnings).toEqual([`still-in-directory:${d.source}`]);
    await drain(h);
    // What the run was sent, and told, stays as long as runs are kept: 30 days.
    const left = await holding(t, 'zmarkada');
    expect(left.filter(({ PK }) => !String(PK).startsWith(`T#${t.id}#N#`))).toEqual([]);

    clock.time += 60_000;
    await d.take(entry('zmarkada', 1));
    expect((await t.ok('getUser', { params: { userId: user } })).body).toMatchObject({ state: 'active' });
    // The new user's texts are told, and those of the old one never again.
    clock.time += 1_000;
    await d.take(modified(userDn('zmarkada'), 'replace: mail', 'mail: new@zmarkada.test', '-'));
    const [ofNew, ofOld] = await events(t, { target: user, action: 'user.updated' });
    expect(ofNew.after.mail).toMatchObject({ value: 'new@zmarkada.test' });
    expect(ofOld.after.mail).toMatchObject({ erased: true });
    // Deleted by the directory and erased again: then nothing is left to deliver.
    await d.take(deleted(userDn('zmarkada')));
    expect((await erase(t, user)).body.warnings).toBeUndefined();
    await drain(h);
    expect(JSON.stringify(await events(t, { target: user }))).not.toContain('zmarkada');
  });
});

describe('differences', () => {
  it('hold no text of a person, whatever is done: they refer to it', async () => {
    const t = await h.tenant();
    const d = await Directory.of(t);
    await d.take(entry('zmarkbea', 2));
    await d.take(deleted(userDn('zmarkbea')));
    await marked(t);
    const targets = Targets.fresh(t);
    const done = new Set<string>();
    for (const id of operationIds.filter((one) => operation(one).data === 'write')) {
      const { callers } = operation(id) as { callers: readonly string[] };
      if (callers.includes('operator') || id === 'putAuditSettings') continue;
      const request = await Promise.resolve(samples[id](targets)).catch(() => undefined);
      const as = callers.includes('guest') ? person(t.id, 'zmark-guest') : undefined;
      if (request && (await t.call(id, { ...request, ...(as && { as }) })).status < 300) done.add(id);
      await drain(h);
    }
    expect(done.size).toBeGreaterThan(50);
    const items = await h.items(t.id);
    const texts = new Set<string>();
    for (const item of items) {
      const kind = String(item.PK).split('#')[2];
      if (item.SK === 'DELETED') add(texts, toDeleted(item, 0)?.deleted.profile);
      if (item.SK === 'PROFILE' || kind === 'V') add(texts, item);
      if (kind === 'S' && String(item.PK).includes('#O#')) add(texts, { dn: item.dn });
    }
    expect([...texts].filter((text) => text.includes('zmark')).length).toBeGreaterThan(4);
    const told = items.filter(({ PK }) => /^T#[^#]+#E#/.test(String(PK)));
    const differences = told.map(({ difference, text }) => String(difference ?? text ?? ''));
    expect(differences.length).toBeGreaterThan(50);
    const leaks = [...texts].filter((text) =>
      differences.some((one) => one.includes(JSON.stringify(text).slice(1, -1))),
    );
    expect(leaks).toEqual([]);
  });
});

/** Collects the personal texts of an item: names, logins, mails, DNs, subjects. Short ones could be part of anything. */
const add = (texts: Set<string>, of: unknown): void => {
  const personal = ['name', 'login', 'mail', 'dn', 'externalId', 'subject'];
  if (typeof of !== 'object' || of === null) return;
  for (const [field, value] of Object.entries(of)) {
    if (typeof value === 'string' && personal.includes(field) && value.length > 5) texts.add(value);
    if (typeof value === 'object') add(texts, value);
  }
};
