// The packed form of grants: the same grants in a tenth of the bytes, read beside the plain form, and written once no
// release is in use that cannot read it.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PolicyId, RoleId } from '../../shared/domain/base/ids.ts';
import type { Grant, RoleRecord } from '../../shared/domain/book/records.ts';
import { normalised } from '../../shared/domain/deciding/grants.ts';
import { bytesIn } from '../../shared/store/bytes.ts';
import { toRecord } from '../../shared/store/items.ts';
import { keys } from '../../shared/store/keys.ts';
import { withPackedGrants } from '../../shared/store/packed.ts';
import { verify } from '../../shared/store/repair.ts';
import { freshIds, putRecords } from '../support/facts.ts';
import { boot, Harness, type Tenant } from '../support/harness.ts';

const policies = Array.from({ length: 1_000 }, () => freshIds.next('policy')).sort();
const permissions = ['viewQuarantine', 'manageQuarantine', 'releaseMessages', 'deleteMessages', 'viewMessages'];
const roleOf = (grants: readonly Grant[]): RoleRecord => ({
  ...{ kind: 'role', rev: 1, id: freshIds.next('role'), name: 'R', description: '', grants: [...grants] },
  ...{ newRules: { view: true, edit: true, delete: false }, groups: new Set(), deleted: false },
});
const read = (record: RoleRecord) =>
  toRecord({ ...withPackedGrants(record), PK: 'T#t', SK: `role#${record.id}`, groups: undefined });

describe('the packed form', () => {
  it('of ten permissions for each of 1,000 policies has 14 KB instead of 160', () => {
    const all = Array.from({ length: 10 }, (_, i) => ({ permission: `permission${i}`, policies }));
    expect(bytesIn(roleOf(all))).toBeGreaterThan(130_000);
    expect(bytesIn(withPackedGrants(roleOf(all)))).toBeLessThan(14_000);
    // Each permission for other policies: a bit for each.
    const some = all.map(({ permission }, i) => ({ permission, policies: policies.filter((_, n) => (n + i) % 7 > 0) }));
    expect(bytesIn(withPackedGrants(roleOf(some)))).toBeLessThan(15_500);
    expect(read(roleOf(some))).toMatchObject({ grants: some });
  });

  it('gives back every set of grants', () => {
    const few = fc.subarray(policies.slice(0, 40), { minLength: 1 });
    const grant = fc.record(
      { permission: fc.constantFrom(...permissions), policies: few, actionTypes: fc.constant<string[]>(['a', 'b']) },
      { requiredKeys: ['permission'] },
    );
    let shorter = 0;
    fc.assert(
      fc.property(fc.array(grant as fc.Arbitrary<Grant>, { maxLength: 12 }), fc.boolean(), (grants, tidy) => {
        const record = roleOf(tidy ? normalised(grants) : grants);
        if ('packed' in withPackedGrants(record)) shorter += 1;
        expect(read(record)).toEqual(record);
      }),
      { seed: 11, numRuns: 300 },
    );
    expect(shorter).toBeGreaterThan(100);
  });

  it('leaves an order that is not its own', () => {
    const two = [...policies.slice(0, 50)].reverse() as PolicyId[];
    const record = roleOf(permissions.map((permission) => ({ permission, policies: two })));
    expect(withPackedGrants(record)).toBe(record);
  });

  it('that is damaged is no set', () => {
    const item = { ...withPackedGrants(roleOf(permissions.map((permission) => ({ permission, policies })))) };
    const { packed } = item as { packed: { policies: string } };
    const broken = { ...item, packed: { ...packed, policies: packed.policies.slice(1) } };
    expect(() => toRecord({ ...broken, PK: 'T#t', SK: 'role#r' })).toThrow();
  });
});

describe('a store', () => {
  let packing: Harness;
  let plain: Harness;
  let t: Tenant;
  let role: RoleId;
  beforeAll(async () => {
    packing = (await boot()).harness;
    plain = new Harness(packing.client, packing.table, { packs: false });
    t = await packing.tenant();
    role = (await t.role('Large')) as RoleId;
  });

  const stored = async () => (await packing.store.db.read([keys.record(t.id, `role#${role}`)]))[0] ?? {};
  const book = async (h: Harness) => {
    const view = await h.store.view(t.id);
    if (!view) throw new Error('no such tenant');
    return view.book;
  };
  /** Commits by the store of one harness, and returns the stored fields of the role's grants. */
  const writes = async (h: Harness, change: Partial<RoleRecord>) => {
    const before = (await book(h)).roles.get(role)?.record as RoleRecord;
    await putRecords({ ...t, harness: h } as Tenant, [{ ...before, ...change }]);
    for (const one of [packing, plain]) expect((await book(one)).roles.get(role)?.record).toMatchObject(change);
    expect((await verify(packing.store.db, t.id))?.findings).toEqual([]);
    const item = await stored();
    return ['grants', 'packed'].filter((field) => field in item);
  };
  const large = (n: number): Grant[] =>
    permissions.slice(0, n).map((permission) => ({ permission, policies: policies.slice(0, 50) }));

  it('writes the form that it is told to, removes the other, and reads both', async () => {
    expect(await writes(packing, { grants: large(3) })).toEqual(['packed']);
    // A change of something else leaves the form as it is.
    expect(await writes(plain, { name: 'Renamed' })).toEqual(['packed']);
    expect(await writes(plain, { grants: large(4) })).toEqual(['grants']);
    expect(await writes(packing, { description: 'Still plain' })).toEqual(['grants']);
    expect(await writes(packing, { grants: large(5) })).toEqual(['packed']);
    expect(await writes(packing, { grants: large(1) })).toEqual(['grants']);
    expect(await writes(packing, { grants: large(2) })).toEqual(['packed']);
    expect(await writes(packing, { grants: [] })).toEqual(['grants']);
    expect(await writes(plain, { grants: large(2) })).toEqual(['grants']);
  });
});
