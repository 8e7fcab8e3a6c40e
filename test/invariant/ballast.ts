// A tenant of a large size: roles, members, groups and policies that take no part in what is drawn, and weigh on every
// load, plan and index. They are put into the table as they would stand there, and the head counts them.
import type { ModelDynamo } from '../../infra/local/model/index.ts';
import { groupRef, idsFrom, userRef } from '../../shared/domain/base/ids.ts';
import { type BookRecord, recordName } from '../../shared/domain/book/records.ts';
import { keys } from '../../shared/store/keys.ts';
import { seededBytes } from '../support/facts.ts';
import type { Raw } from './naive.ts';
import type { Site } from './steps.ts';

/** Numbers of things; the users of the ballast are members of its roles and groups, and items of the table. */
export interface Ballast {
  readonly users: number;
  readonly groups: number;
  readonly roles: number;
  readonly membersOfRole: number;
  readonly policies: number;
}

/** The large tenant of docs/performance.md, but for its rules. */
export const large: Ballast = { users: 100_000, groups: 50_000, roles: 2_000, membersOfRole: 90, policies: 1_000 };

/** Loads a site that nobody has changed since it was prepared. */
export const loadBallast = (model: ModelDynamo, { tenant, facts }: Site, size: Ballast, seed: number): void => {
  const ids = idsFrom(seededBytes(seed));
  const { head } = facts;
  if (!head) throw new Error('the site is not prepared');
  const rev = Number(head.version) + 1;
  const source = ids.next('source');
  const users = Array.from({ length: size.users }, () => ({ id: ids.next('user'), life: ids.life() }));
  const groups = Array.from({ length: size.groups }, () => ({ id: ids.next('group'), life: ids.life() }));
  const at = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;
  const refOf = (n: number) => groupRef(at(groups, n).id, at(groups, n).life);
  const records: BookRecord[] = [
    ...groups.map(
      ({ id, life }, n): BookRecord => ({
        kind: 'group',
        rev,
        id,
        life,
        name: `Ballast ${n}`,
        source,
        // A tree, ten wide.
        parents: new Set(n === 0 ? [] : [refOf(Math.floor((n - 1) / 10))]),
        confersAccessManagement: false,
        deleted: false,
      }),
    ),
    ...Array.from({ length: size.policies }, (_, n): BookRecord => {
      const id = ids.next('policy');
      return { kind: 'policy', rev, id, name: `Ballast ${n}`, description: '', deleted: false };
    }),
  ];
  const none = { view: false, edit: false, delete: false };
  for (let n = 0; n < size.roles; n += 1) {
    const role = ids.next('role');
    const few = Array.from({ length: size.membersOfRole }, (_, m) => at(users, n * size.membersOfRole + m));
    records.push(
      {
        kind: 'role',
        rev,
        id: role,
        name: `Ballast ${n}`,
        description: '',
        grants: [],
        newRules: none,
        groups: new Set([refOf(n)]),
        deleted: false,
      },
      { kind: 'members', rev, role, chunk: 0, users: new Set(few.map(({ id, life }) => userRef(id, life))) },
    );
  }
  const items = records.map((record) => ({ ...keys.record(tenant as never, recordName(record)), ...stripped(record) }));
  const { weighed: _, bytes: __, ...counted } = head;
  const now = {
    ...counted,
    version: rev,
    sum: Number(head.sum) + rev * records.length,
    records: Number(head.records) + records.length,
  };
  model.seed(items);
  model.seed(
    users.flatMap(({ id, life }, n) => [
      {
        ...keys.access(tenant as never, id),
        ...{ id, life, rev: 1, kind: 'person', state: 'active', source, stamp: 0 },
        groups: new Set([refOf(n)]),
        personal: [],
      },
      { ...keys.profile(tenant as never, id), id, rev: 1, name: `Ballast ${n}`, createdAt: '2026-01-01T00:00:00.000Z' },
    ]),
  );
  model.seed([{ ...keys.head(tenant as never), ...now }]);
  facts.carry(
    items.map(({ SK, ...record }) => [SK, record] as const),
    now,
  );
};

/** The fields that are stored: absent values and empty sets are not. */
const stripped = (record: object): Raw =>
  Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined && !(value instanceof Set && value.size === 0)),
  );
