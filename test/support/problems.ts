// The form that every refusal must have, and the items that it must not change.
import { expect } from 'vitest';
import { type ProblemCode, problems } from '../../shared/domain/base/refusal.ts';
import type { Harness, Reply, Tenant } from './harness.ts';

/** Refusals of the chain that are recorded for auditors. */
export const auditedCodes: readonly ProblemCode[] = [
  'forbidden',
  'insufficient-scope',
  'caller-kind',
  'unknown-user',
  'user-disabled',
  'access-token-needed',
  'keeper-needed',
  'not-held',
  'last-access-manager',
  'keeperless',
];

/** Expects an RFC 9457 problem document with this code that reveals nothing internal. */
export const expectProblem = (reply: Reply, code: ProblemCode, about = ''): void => {
  const [status, title] = problems[code];
  const said = `${about} answered ${reply.status} ${JSON.stringify(reply.body)}`;
  expect(reply.body?.code, said).toBe(code);
  expect(reply.status, said).toBe(status);
  expect(reply.headers['content-type'], said).toBe('application/problem+json');
  expect(reply.headers['cache-control'], said).toBe('no-store');
  expect(reply.body, said).toMatchObject({ type: `urn:holdfast:problem:${code}`, title, status });
  expect(reply.body.detail, `${about}: a problem says what to do`).toMatch(/\S/);
  expect(reply.body.requestId, said).toMatch(/^[0-9a-f-]{36}$/);
  if (status === 401) expect(reply.headers['www-authenticate'], said).toBe('Bearer');
  if (status === 503) expect(Number(reply.headers['retry-after']), said).toBeGreaterThan(0);
};

interface Refused {
  readonly action: string;
  readonly target: string;
  readonly code: string;
  readonly actor: { readonly kind: string; readonly id?: string };
  readonly count: number;
}

/** A tenant at one moment: each fact as text, the events of refusals, and the number of events of changes. */
export interface Moment {
  readonly facts: ReadonlyMap<string, string>;
  readonly refused: ReadonlyMap<string, Refused>;
  readonly changes: number;
  readonly once: number;
}

const sorted = (value: object): [string, unknown][] => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
/** Engines return attributes and sets in any order. */
const comparable = (_: string, value: unknown) => {
  if (value instanceof Set) return [...value].sort();
  const plain = typeof value === 'object' && value !== null && !Array.isArray(value);
  return plain ? Object.fromEntries(sorted(value)) : value;
};

const isEvent = ({ PK }: Record<string, unknown>) => /^T#[^#]+#E#/.test(String(PK));
const isOnce = ({ PK }: Record<string, unknown>) => /^T#[^#]+#I#/.test(String(PK));

export const momentOf = async (harness: Harness, tenant: string): Promise<Moment> => {
  const items = await harness.items(tenant);
  const events = items.filter(isEvent);
  const refused = events.filter((item) => item.outcome === 'refused') as unknown as (Refused & { id: string })[];
  const facts = items.filter((item) => !isEvent(item) && !isOnce(item));
  return {
    facts: new Map(facts.map((item) => [`${item.PK} ${item.SK}`, JSON.stringify(item, comparable)])),
    refused: new Map(refused.map((event) => [event.id, event])),
    changes: events.length - refused.length,
    once: items.filter(isOnce).length,
  };
};

/** The items that differ. */
export const differing = (before: Moment, after: Moment): string[] =>
  [...new Set([...before.facts.keys(), ...after.facts.keys()])].filter(
    (key) => before.facts.get(key) !== after.facts.get(key),
  );

/** The refusals recorded between two moments, each as often as it was counted. */
export const refusedBetween = (before: Moment, after: Moment): Refused[] =>
  [...after.refused].flatMap(([id, event]) => {
    const more = event.count - (before.refused.get(id)?.count ?? 0);
    return Array.from({ length: more }, () => event);
  });

/** Expects that nothing was written, except one event for a refusal that is recorded. */
export const expectUntouched = (before: Moment, after: Moment, code: ProblemCode, about = ''): Refused | undefined => {
  expect(differing(before, after), `${about}: ${code} must write nothing`).toEqual([]);
  expect(after.changes, `${about}: ${code} is no change`).toBe(before.changes);
  expect(after.once, `${about}: ${code} must not be remembered for a key`).toBe(before.once);
  const recorded = refusedBetween(before, after);
  expect(recorded.length, `${about}: events of refusals`).toBe(auditedCodes.includes(code) ? 1 : 0);
  if (recorded[0]) expect(recorded[0].code, about).toBe(code);
  return recorded[0];
};

/** Makes a call that must be refused with this code and write nothing. Returns the problem document. */
export const refuses = async (t: Tenant, code: ProblemCode, call: () => Promise<Reply>): Promise<Reply['body']> => {
  const before = await momentOf(t.harness, t.id);
  const reply = await call();
  expectProblem(reply, code);
  expectUntouched(before, await momentOf(t.harness, t.id), code);
  return reply.body;
};
