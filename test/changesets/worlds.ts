// A tenant's table as raw records, for the naive reference; and what the reference says somebody gains and loses.
import { expect } from 'vitest';
import type { Difference, Span } from '../../shared/domain/previews/effect-on-users.ts';
import { toAccess, toRecord } from '../../shared/store/items.ts';
import * as naive from '../domain/naive.ts';
import type { Harness } from '../support/harness.ts';

/** Book and access items as they are in the table now. */
export const rawOf = async (harness: Harness, tenant: string): Promise<naive.Raw> => {
  const items = await harness.items(tenant);
  return {
    records: items.filter((item) => item.PK === `T#${tenant}#BOOK`).map((item) => toRecord(item)),
    users: items.filter((item) => item.SK === 'ACCESS').flatMap((item) => toAccess(item) ?? []),
  };
};

const plain = (_: string, value: unknown) => {
  if (value instanceof Set) return [...value].sort();
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
};

/** Every item of a tenant as text, by its key. */
export const itemsOf = async (harness: Harness, tenant: string): Promise<Map<string, string>> =>
  new Map((await harness.items(tenant)).map((item) => [`${item.PK} ${item.SK}`, JSON.stringify(item, plain)]));

/** Nothing at all is written: no event, no idempotency record either. */
export const expectSame = (
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  about = '',
): void => {
  const keys = new Set([...before.keys(), ...after.keys()]);
  expect(
    [...keys].filter((key) => before.get(key) !== after.get(key)),
    `${about} must write nothing`,
  ).toEqual([]);
};

interface Asked {
  policy?: string;
  actionType?: string;
  ruleType?: string;
}

const spans = ({ scope, limits }: Span, asked: Asked): boolean => {
  if (scope !== 'account') return asked.policy !== undefined && (scope as readonly string[]).includes(asked.policy);
  if (limits === undefined) return true;
  if (asked.policy !== undefined) return false;
  const within = (list: readonly string[] | undefined, one: string | undefined) =>
    list === undefined || (one !== undefined && list.includes(one));
  return within(limits.actionTypes, asked.actionType) && within(limits.ruleTypes, asked.ruleType);
};

/** Does the effect name this scope of the permission? */
const names = (list: readonly Difference[], permission: string, asked: Asked): boolean =>
  list.some(
    (one) => one.permission === permission && spans(one, asked) && !one.except?.some((part) => spans(part, asked)),
  );

/** Scopes to ask about: for policies or for types, as permissions are granted. */
const scopesOf = (raw: naive.Raw): Asked[] => {
  const { actionTypes, ruleTypes } = naive.catalogueOf(raw);
  const policies = raw.records.flatMap((record) => (record.kind === 'policy' ? [{ policy: record.id as string }] : []));
  const scopes: Asked[] = [{}, ...policies];
  for (const actionType of [undefined, ...actionTypes.slice(0, 4).map((t) => t.id)])
    for (const ruleType of [undefined, ...ruleTypes.slice(0, 3).map((t) => t.id)])
      if (actionType ?? ruleType) scopes.push({ ...(actionType && { actionType }), ...(ruleType && { ruleType }) });
  return scopes;
};

/** The permissions that some grant names, and some others. */
const worthAsking = (...raws: naive.Raw[]): string[] => {
  const text = JSON.stringify(raws.map(({ users, records }) => [users, records]));
  const granted = new Set(text.match(/"permission":"[^"]*"/g));
  return naive
    .catalogueOf(raws[0] as naive.Raw)
    .permissions.filter(({ id }, i) => granted.has(`"permission":"${id}"`) || i % 9 === 0)
    .map(({ id }) => id);
};

type Changed = { readonly user: string; readonly gained: readonly Difference[]; readonly lost: readonly Difference[] };

/** Holds an effect against what the reference decides before and after, for every user, permission and scope. */
export const expectEffect = (before: naive.Raw, after: naive.Raw, effects: readonly Changed[]): void => {
  const scopes = scopesOf(after);
  const ids = new Set([...before.users, ...after.users].map((user) => user.id as string));
  expect(effects.map(({ user }) => user).filter((id) => !ids.has(id))).toEqual([]);
  for (const id of ids) {
    const { gained, lost } = effects.find(({ user }) => user === id) ?? { gained: [], lost: [] };
    for (const permission of worthAsking(before, after)) {
      const holds = (raw: naive.Raw, scope: Asked) => {
        const user = raw.users.find((one) => one.id === id);
        return user !== undefined && naive.holds(raw, user, permission, scope);
      };
      // Who holds it for the account throughout is not touched by policies that come and go.
      if (holds(before, {}) && holds(after, {})) continue;
      for (const scope of scopes) {
        const [was, is] = [holds(before, scope), holds(after, scope)];
        const about = `${id} ${permission} ${JSON.stringify(scope)}`;
        // Of a policy that is not there nothing can be said.
        const there = (raw: naive.Raw) => scope.policy === undefined || naive.livePolicy(raw, scope.policy);
        if (there(before)) expect(names(lost, permission, scope), `${about}: lost`).toBe(was && !is);
        if (there(after)) expect(names(gained, permission, scope), `${about}: gained`).toBe(is && !was);
      }
    }
  }
};
