// Sessions of users that a directory owns: its runs end them in the very write that disables or deletes the user.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access } from '../../shared/domain/book/records.ts';
import { needSessionsEnded } from '../../shared/domain/session.ts';
import { drain, file } from '../support/directory.ts';
import { put } from '../support/facts.ts';
import { boot, type Harness } from '../support/harness.ts';
import { Sessions } from './support.ts';

let harness: Harness;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

const dn = 'sAMAccountName=ann,dc=test';
const uuid = '6f1d2c30-0001-4000-8000-000000000000';
/** 512 is an enabled account, 514 a disabled one. */
const entry = (control: number) =>
  `dn: ${dn}\nobjectClass: user\nobjectGUID: ${uuid}\nsAMAccountName: ann\ncn: Ann\nsn: Ann\nuserAccountControl: ${control}`;
const control = (value: number) =>
  `dn: ${dn}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: ${value}\n-`;
const gone = `dn: ${dn}\nchangetype: delete`;

/** A directory with one user, who has logged on. */
const scene = async () => {
  const at = await Sessions.of(harness);
  const { body: source } = await at.tenant.ok('createSource', { body: { name: 'Directory' } });
  const post = async (...records: string[]) => {
    const body = file(...records);
    const { body: run } = await at.tenant.ok('postDelta', { params: { sourceId: source.id }, body });
    await drain(harness);
    return (await at.tenant.ok('getRun', { params: { runId: run.id } })).body;
  };
  const run = await post(entry(512));
  const user = run.items[0].id as string;
  await at.tenant.role('Billing', [{ permission: 'billing' }], [user]);
  return { at, post, user, session: await at.logOn(user) };
};

describe('a directory run', () => {
  it('that disables the user ends the sessions, and enabling again does not revive them', async () => {
    const { at, post, user, session } = await scene();
    expect(await at.state(session)).toBe('open');
    await post(control(514));
    expect((await at.tenant.ok('getUser', { params: { userId: user } })).body.state).toBe('disabled');
    expect(await at.state(session)).toBe('session-ended');
    await post(control(512));
    expect((await at.tenant.ok('getUser', { params: { userId: user } })).body.state).toBe('active');
    expect(await at.state(session)).toBe('session-ended');
    expect(await at.state(await at.logOn(user))).toBe('open');
  });

  it('is judged by what its file comes to: disabled and enabled in one, nothing has happened', async () => {
    const { at, post, user, session } = await scene();
    await post(control(514), control(512));
    expect((await at.tenant.ok('getUser', { params: { userId: user } })).body.state).toBe('active');
    expect(await at.state(session)).toBe('open');
  });

  it('that deletes the user, or deletes and creates it again, ends them', async () => {
    const { at, post, session } = await scene();
    await post(gone);
    expect(await at.state(session)).toBe('session-ended');
    const second = await scene();
    await second.post(gone, entry(512));
    expect(await second.at.state(second.session)).toBe('session-ended');
  });
});

describe('the commit path', () => {
  it('refuses, as a fault of ours, a change that would let sessions outlive their user', async () => {
    const { at, user, session } = await scene();
    const before = await harness.facts(at.tenant.id);
    for (const state of ['disabled', 'deleted'] as const) {
      const fault = put(at.tenant, async (view) => {
        const [access] = await view.users([user as never]);
        const was = access as Access;
        return { users: [{ before: was, after: { ...was, rev: was.rev + 1, state } }] };
      });
      await expect(fault).rejects.toThrow('the sessions would go on');
    }
    expect(await harness.facts(at.tenant.id)).toEqual(before);
    expect(await at.state(session)).toBe('open');
    expect(() => needSessionsEnded({ users: [] })).not.toThrow();
  });
});
