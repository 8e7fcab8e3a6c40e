// The mapping to OCSF, held to the schema: required attributes, known attributes and their types, numbers of activities,
// and attributes of which there must be at least one.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SealedEvent } from '../../shared/audit/line.ts';
import { type OcsfSchema, ocsfEvent, ocsfRows } from '../../shared/audit/ocsf.ts';
import { type Action, actions, changeActions } from '../../shared/domain/base/actions.ts';
import { utf8 } from '../../shared/text/text.ts';

// Every action has a row, or this does not compile.
ocsfRows satisfies Record<Action, unknown>;

interface Shape {
  readonly required: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly atLeastOne?: readonly string[];
  readonly types?: readonly number[];
}
interface Published {
  readonly version: string;
  readonly statuses: readonly number[];
  readonly severities: readonly number[];
  readonly classes: Readonly<
    Record<
      string,
      Shape & { uid: number; caption: string; category: number; activities: Readonly<Record<string, string>> }
    >
  >;
  readonly objects: Readonly<Record<string, Shape>>;
}
const schemas = Object.fromEntries(
  utf8(readFileSync(new URL('./data/ocsf.ndjson', import.meta.url)))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Published)
    .map((schema) => [schema.version.slice(0, 3), schema]),
) as Record<OcsfSchema, Published>;

type Fields = Record<string, unknown>;
const isOf = (type: string, value: unknown): boolean =>
  type.endsWith('[]')
    ? Array.isArray(value) && value.every((one) => isOf(type.slice(0, -2), one))
    : ['integer_t', 'long_t', 'timestamp_t'].includes(type)
      ? Number.isSafeInteger(value)
      : type.endsWith('_t')
        ? typeof value === 'string' && value !== ''
        : typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is wrong with an object, by its path. */
const faultsOf = (schema: Published, shape: Shape, value: Fields, path: string): string[] => {
  const { required, attributes, atLeastOne, types } = shape;
  const missing = required.filter((name) => value[name] === undefined).map((name) => `${path}.${name} is missing`);
  const none =
    atLeastOne && !atLeastOne.some((name) => value[name] !== undefined) ? [`${path} has none of ${atLeastOne}`] : [];
  const type =
    types && value.type_id !== undefined && !types.includes(value.type_id as number) ? [`${path}.type_id`] : [];
  const within = Object.entries(value).flatMap(([name, one]) => {
    const known = attributes[name];
    if (known === undefined) return [`${path}.${name} is unknown`];
    if (!isOf(known, one)) return [`${path}.${name} is no ${known}`];
    const inner = schema.objects[known.replace('[]', '')];
    if (inner) return [one].flat().flatMap((each) => faultsOf(schema, inner, each as Fields, `${path}.${name}`));
    return known.endsWith('_t') || known.endsWith('_t[]') || known === 'object'
      ? []
      : [`${path}.${name}: ${known} is not in the fixture`];
  });
  return [...missing, ...none, ...type, ...within];
};

const faults = (version: OcsfSchema, event: SealedEvent): string[] => {
  const schema = schemas[version];
  const told = ocsfEvent(event, version) as Fields & { class_uid: number; activity_id: number };
  const found = Object.values(schema.classes).find(({ uid }) => uid === told.class_uid);
  if (!found) return [`${told.class_uid} is no class of ${version}`];
  const numbers = [
    found.activities[told.activity_id] === undefined && 'activity_id',
    told.activity_id === 99 && told.activity_name === undefined && 'activity_name',
    told.category_uid !== found.category && 'category_uid',
    told.class_name !== found.caption && 'class_name',
    told.type_uid !== found.uid * 100 + told.activity_id && 'type_uid',
    !schema.statuses.includes(told.status_id as number) && 'status_id',
    !schema.severities.includes(told.severity_id as number) && 'severity_id',
    (told.metadata as Fields).version !== schema.version && 'metadata.version',
  ].filter((fault) => fault !== false);
  return [...numbers, ...faultsOf(schema, found, told, event.action)];
};

const user = 'u0123456789abcdefghjk';
const grants = [
  { permission: 'viewQuarantine' },
  { permission: 'viewQuarantine', policies: ['p1'] },
  { permission: 'logExport' },
];
const done = (action: string, more: Partial<SealedEvent> = {}): SealedEvent => ({
  v: 1,
  tenant: 't0123456789ab',
  sequence: 7,
  id: 'e01jqcm5k8h0123456789',
  at: '2026-03-01T12:00:59.000Z',
  action,
  target: user,
  actor: { kind: 'person', id: user },
  authority: 'manageAccessRights',
  outcome: 'done',
  requestId: 'r-1',
  difference: { before: { grants, members: [user] }, after: { grants: [], members: [user] } },
  ...more,
});
const refused = (action: string): SealedEvent => {
  const { difference: _, ...rest } = done(action);
  return {
    ...rest,
    outcome: 'refused',
    code: 'forbidden',
    count: 9,
    firstAt: '2026-03-01T12:00:01.000Z',
    target: 'unknown',
  };
};

describe.each(['1.8', '1.9'] as const)('OCSF %s', (version) => {
  const named = [...new Set([...actions, ...Object.keys(ocsfRows)])];

  it('takes every action, done and refused, of every kind of actor', () => {
    const kinds = ['person', 'client', 'service', 'operator', 'system', 'unknown'];
    const all = named.flatMap((action) => [
      done(action),
      done(action, { target: 'tenant' }),
      refused(action),
      ...kinds.map((kind) => done(action, { actor: { kind } })),
      ...kinds.map((kind) => done(action, { actor: { kind, id: 'x' } })),
    ]);
    expect(all.flatMap((event) => faults(version, event))).toEqual([]);
  });

  it('takes an action of a later release as an API activity, and loses nothing of it', () => {
    const event = done('rocket.launched', { late: true, traceId: 't', run: 'n', version: 8 });
    expect(faults(version, event)).toEqual([]);
    expect(ocsfEvent(event, version)).toMatchObject({
      class_uid: 6003,
      activity_id: 99,
      activity_name: 'rocket.launched',
      unmapped: { target: user, late: true, traceId: 't', run: 'n', version: 8, difference: event.difference },
    });
    expect(faults(version, done('toString'))).toEqual([]);
  });

  it('says of a refusal that it failed, why, and how often', () => {
    for (const action of named)
      expect(ocsfEvent(refused(action), version)).toMatchObject({
        status_id: 2,
        status: 'Failure',
        status_code: 'forbidden',
        count: 9,
        start_time: Date.parse('2026-03-01T12:00:01.000Z'),
        end_time: Date.parse('2026-03-01T12:00:59.000Z'),
        time: Date.parse('2026-03-01T12:00:59.000Z'),
      });
    expect(ocsfEvent(done('user.created'), version)).toMatchObject({ status_id: 1, status: 'Success' });
  });
});

describe('the rows', () => {
  const placed = (action: string, version: OcsfSchema) => {
    const { class_uid, activity_id } = ocsfEvent(done(action), version) as { class_uid: number; activity_id: number };
    const schema = Object.values(schemas[version].classes).find(({ uid }) => uid === class_uid);
    return `${schema?.caption}: ${schema?.activities[activity_id]}`;
  };

  it.each([
    ['user.created', 'Account Change: Create', 'User Management: Create'],
    ['user.updated', 'Account Change: Other', 'User Management: Update'],
    ['user.enabled', 'Account Change: Enable', 'User Management: Enable'],
    ['user.disabled', 'Account Change: Disable', 'User Management: Disable'],
    ['user.deleted', 'Account Change: Delete', 'User Management: Delete'],
    ['user.grants.replaced', 'User Access Management: Assign Privileges', 'User Management: Assign Privileges'],
    ['user.grant.removed', 'User Access Management: Revoke Privileges', 'User Management: Remove Privileges'],
    ['group.created', 'Group Management: Create', 'Group Management: Create'],
    ['group.updated', 'Group Management: Other', 'Group Management: Update'],
    ['group.deleted', 'Group Management: Delete', 'Group Management: Delete'],
    ['group.members.added', 'Group Management: Add User', 'Group Management: Add User'],
    ['group.members.removed', 'Group Management: Remove User', 'Group Management: Remove User'],
    ['role.created', 'Entity Management: Create', 'Role Management: Create'],
    ['role.updated', 'Entity Management: Update', 'Role Management: Update'],
    ['role.deleted', 'Entity Management: Delete', 'Role Management: Delete'],
    ['role.grant.added', 'Entity Management: Update', 'Role Management: Assign Privileges'],
    ['role.grant.removed', 'Entity Management: Update', 'Role Management: Remove Privileges'],
    ['policy.updated', 'Entity Management: Update', 'Entity Management: Update'],
    ['rule.moved', 'Entity Management: Move', 'Entity Management: Move'],
    ['directory.run.held', 'Entity Management: Suspend', 'Entity Management: Suspend'],
    ['role.read', 'API Activity: Read', 'API Activity: Read'],
  ])('put %s at %s, and since 1.9 at %s', (action, before, since) => {
    expect([placed(action, '1.8'), placed(action, '1.9')]).toEqual([before, since]);
  });

  it('put each question, which has an event only when it is refused, at reading', () => {
    const questions = actions.filter((action) => !(changeActions as readonly string[]).includes(action));
    expect([...new Set(questions.map((action) => placed(action, '1.8')))]).toEqual(['API Activity: Read']);
  });

  it('name the permissions that came or went, and the one member', () => {
    const after = { grants: [{ permission: 'viewQuarantine' }] };
    const difference = { before: { grants }, after };
    expect(ocsfEvent(done('user.grant.removed', { difference }))).toMatchObject({
      user: { uid: user },
      privileges: ['viewQuarantine', 'logExport'],
    });
    expect(ocsfEvent(done('user.grants.replaced', { difference }))).toMatchObject({ privileges: ['viewQuarantine'] });
    const added = { before: after, after: { grants } };
    expect(ocsfEvent(done('role.grant.added', { difference: added, target: 'r1' }), '1.9')).toMatchObject({
      iam_role: { uid: 'r1' },
      privileges: ['viewQuarantine', 'logExport'],
    });
    const members = (...list: string[]) => ({ target: 'g1', difference: { after: { members: list } } });
    expect(ocsfEvent(done('group.members.added', members('u1')))).toMatchObject({
      group: { uid: 'g1' },
      user: { uid: 'u1' },
    });
    expect(ocsfEvent(done('group.members.added', members('u1', 'u2')))).not.toHaveProperty('user');
  });
});
