// Rules under fire: made, moved, edited, deleted and passed on by those whose roles let them, and by others; and what must
// be so of them at every commit and once all is quiet, read off the raw records.
import type { As, Reply } from './calling.ts';
import type { Facts, Raw } from './naive.ts';
import type { CallStep, Draw, Site } from './steps.ts';

const mostRules = 12;
const types = ['signatureRule', 'routingRule'];
const actionTypes = ['insertSignature', 'setHeader'];
const any = { 'if-match': '*' };

export const ruleGrants = ['createRules', 'manageRulesOrder', 'manageConditions', 'manageActions', 'manageOptions'].map(
  (permission) => ({ permission }),
);
export const hasRules = (facts: Facts): boolean => facts.catalogue.name !== 'email-security';

interface RawRule {
  readonly id: string;
  readonly order: string;
  readonly owner: string | undefined;
}

const chunks = (facts: Facts) => [...facts.records.values()].filter((record) => record.kind === 'rules');
const entriesOf = (chunk: Raw) => Object.entries((chunk.entries ?? {}) as Record<string, Raw>);

/** The live role to which a rule has come: deleted roles may have passed theirs on. */
const heir = (facts: Facts, owner: unknown): string | undefined => {
  const seen = new Set<unknown>();
  for (let at = owner; at !== undefined && !seen.has(at); ) {
    seen.add(at);
    const role = facts.records.get(`role#${at}`);
    if (role && role.deleted !== true) return String(at);
    at = role?.rulesTo;
  }
  return undefined;
};

/** The rules in their order. */
const rulesOf = (facts: Facts): RawRule[] =>
  chunks(facts)
    .flatMap((chunk) => entriesOf(chunk))
    .map(([id, entry]) => ({ id, order: String(entry.order), owner: heir(facts, entry.owner) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1));

/** At any moment: each rule is in one place, no two in the same, and each has its content. */
export const ruleFaults = (facts: Facts): string[] => {
  const faults: string[] = [];
  const entries = chunks(facts).flatMap((chunk) => entriesOf(chunk));
  const ids = new Set(entries.map(([id]) => id));
  if (ids.size !== entries.length) faults.push('a rule is in the book twice');
  const places = new Set(entries.map(([, { order }]) => order));
  if (places.size !== entries.length) faults.push(`${entries.length} rules have ${places.size} places`);
  for (const id of ids) if (!facts.contents.has(id)) faults.push(`the rule ${id} has no content`);
  for (const id of facts.contents.keys()) if (!ids.has(id)) faults.push(`the content of ${id} belongs to no rule`);
  for (const [id, { owner }] of entries)
    if (owner !== undefined && !facts.records.has(`role#${owner}`)) faults.push(`the owner of ${id} never was`);
  return faults;
};

/** Remembers what somebody was told about rules: what was made is there until somebody asks to delete it. */
export class Told {
  readonly made = new Set<string>();
  readonly asked = new Set<string>();
  readonly gone = new Set<string>();

  /** Before a request: each of its operations. */
  asks(operation: string, params: Readonly<Record<string, string>> = {}): void {
    if (operation === 'deleteRule') this.asked.add(String(params.ruleId));
  }

  /** Once it is answered that it is done. */
  hears(operation: string, params: Readonly<Record<string, string>> = {}, body: Reply['body'] = undefined): void {
    if (operation === 'createRule') this.made.add(body.id);
    if (operation === 'deleteRule') this.gone.add(String(params.ruleId));
  }

  faults(facts: Facts): string[] {
    const there = new Set(rulesOf(facts).map(({ id }) => id));
    return [
      ...[...this.made].filter((id) => !there.has(id) && !this.asked.has(id)).map((id) => `the rule ${id} is lost`),
      ...[...this.gone].filter((id) => there.has(id)).map((id) => `the rule ${id} was deleted and is there`),
    ];
  }
}

/** Whether the handlers show the same: the order to a keeper who looks at some role, and each rule's owner. */
export const shownRules = async (
  { facts }: Site,
  as: As,
  ask: (id: 'getRuleRights' | 'getRuleOwner', request: object) => Promise<Reply>,
): Promise<string[]> => {
  const faults: string[] = [];
  const naive = rulesOf(facts);
  const [role] = facts.of('role');
  if (role) {
    const request = { as, params: { roleId: String(role.id) }, query: { limit: '200' } };
    const { status, body } = await ask('getRuleRights', request);
    const shown = ((body.items ?? []) as { rule: string }[]).map(({ rule }) => rule).join();
    const expected = naive.map(({ id }) => id).join();
    if (shown !== expected) faults.push(`the order of rules is shown (${status}) as ${shown}; naively ${expected}`);
  }
  for (const { id, owner } of naive) {
    const { status, body } = await ask('getRuleOwner', { as, params: { ruleId: id } });
    if ((body.owner ?? undefined) !== owner)
      faults.push(`${id} is owned by ${owner}, answered ${status} ${body.owner}`);
  }
  return faults;
};

/** Somebody whose role lets create rules, and that role. */
const author = (draw: Draw): { id: string; role: string } | undefined => {
  const { facts } = draw;
  const able = facts
    .of('role')
    .filter((role) =>
      ((role.grants ?? []) as Raw[]).some(({ permission }) => ['createRules', '*'].includes(`${permission}`)),
    );
  const pairs = able.flatMap((role) =>
    draw
      .canSignIn([...facts.membersOf(role)].map((ref) => ref.split('.')[0] as string))
      .map((id) => ({ id, role: String(role.id) })),
  );
  return draw.pick(pairs);
};

type Made = Omit<CallStep, 'as'> | undefined;

const placeIn = ({ random, facts }: Draw): object => {
  const other = random.pick(rulesOf(facts)).id;
  return random.pick([{ to: 'first' }, { to: 'last' }, { before: other }, { after: other }]);
};

/** What those do who work on rules. */
const worked = (draw: Draw, role: string): Made => {
  const { random, facts } = draw;
  const rules = rulesOf(facts);
  const params = { ruleId: draw.pick(rules)?.id ?? 'l000000000000' };
  const kind = random.int(10);
  if (rules.length === 0 || (kind < 3 && rules.length < mostRules)) {
    const actions = actionTypes.map((type) => ({ type, properties: { n: random.int(9) } }));
    const body = { type: random.pick(types), name: `R${random.int(1e6)}`, owner: role, actions };
    return { id: 'createRule', request: { body } };
  }
  if (kind < 6) return { id: 'moveRule', request: { params, body: placeIn(draw) } };
  if (kind < 8) return { id: 'deleteRule', request: { params } };
  if (kind < 9) return { id: 'updateRule', request: { params, body: { conditions: [{ n: random.int(9) }] } } };
  return { id: 'addAction', request: { params, body: { type: random.pick(actionTypes), properties: {} } } };
};

/** What those do who manage access rights. */
const managed = (draw: Draw): Made => {
  const { random, facts } = draw;
  const roleId = draw.role();
  const rule = draw.pick(rulesOf(facts))?.id;
  if (roleId === undefined || rule === undefined) return undefined;
  const other = draw.pick(facts.of('role'))?.id as string;
  const tick = { [random.pick(['view', 'edit', 'delete'])]: random.chance(0.7) };
  const params = { roleId };
  const kind = random.int(8);
  if (kind < 3) {
    const owner = random.chance(0.8) ? other : null;
    return { id: 'putRuleOwner', request: { params: { ruleId: rule }, body: { owner }, headers: any } };
  }
  if (kind < 5) return { id: 'putRuleRights', request: { params, body: { columns: tick }, headers: any } };
  if (kind < 6) {
    const body = { newRules: tick, rules: [{ rule, ...tick }] };
    return { id: 'putRuleRights', request: { params, body, headers: any } };
  }
  // The role of an owner goes, and its rules pass to another, or to none.
  const owner = draw.pick(rulesOf(facts))?.owner;
  if (owner === undefined) return undefined;
  const query = other !== owner && random.chance(0.8) ? { newOwner: other } : {};
  return { id: 'deleteRole', request: { params: { roleId: owner }, query, headers: any } };
};

/** A request about rules. */
export const onRules = (draw: Draw): Made => {
  if (!hasRules(draw.facts)) return undefined;
  const one = author(draw);
  if (!one || draw.random.chance(0.3)) return managed(draw);
  const made = worked(draw, one.role);
  return made && { ...made, request: { ...made.request, as: draw.tokenOf(one.id) } };
};
