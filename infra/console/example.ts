// A tenant as a company would have it, for pictures of the console: people of a directory, roles, policies and rules, a
// directory run that is held, and changes that wait. Every name is fixed, so that pictures of the same console are alike.
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../../clients/typescript/index.ts';

const domain = 'dc=lighthouse,dc=example';
const dnOf = (login: string) => `uid=${login},ou=people,${domain}`;

const people = [
  ['amelie', 'Amélie Tremblay'],
  ['bo', 'Bo Lindqvist'],
  ['chidi', 'Chidi Okafor'],
  ['dana', 'Dana Whitfield'],
  ['emre', 'Emre Yılmaz'],
  ['farah', 'Farah Haddad'],
  ['gustav', 'Gustav Weber'],
  ['hana', 'Hana Kobayashi'],
  ['ines', 'Inês Carvalho'],
  ['jonas', 'Jonas Nilsen'],
  ['katya', 'Katya Morozova'],
  ['liam', 'Liam O’Brien'],
  ['mona', 'Mona Marin'],
  ['nils', 'Nils Bergström'],
] as const;

const groups = [
  ['Help desk', ['bo', 'hana', 'jonas'], []],
  ['Help desk Montréal', ['amelie', 'liam'], ['Help desk']],
  ['Marketing', ['chidi', 'ines', 'mona'], []],
  ['Legal', ['dana', 'gustav'], []],
  ['Sales', ['emre', 'farah', 'katya', 'nils'], []],
] as const;

const uuid = (n: number): string => `5a1c2b3a-0000-4000-8000-${String(n).padStart(12, '0')}`;

const person = ([login, name]: readonly [string, string], n: number): string =>
  [
    `dn: ${dnOf(login)}`,
    'objectClass: inetOrgPerson',
    `entryUUID: ${uuid(n)}`,
    `uid: ${login}`,
    // As base64, because LDIF takes other letters than ASCII only so.
    `cn:: ${Buffer.from(name).toString('base64')}`,
    `mail: ${login}@lighthouse.example`,
  ].join('\n');

const groupDn = (name: string) => `cn=${name.replace('é', '\\C3\\A9')},ou=groups,${domain}`;

const group = (name: string, n: number, members: readonly string[]): string =>
  [
    `dn: ${groupDn(name)}`,
    'objectClass: groupOfNames',
    `entryUUID: ${uuid(100 + n)}`,
    `cn:: ${Buffer.from(name).toString('base64')}`,
    ...members.map((dn) => `member: ${dn}`),
  ].join('\n');

const membersOf = (name: string, logins: readonly string[]): string[] => [
  ...logins.map(dnOf),
  ...groups.filter(([, , above]) => (above as readonly string[]).includes(name)).map(([inner]) => groupDn(inner)),
];

/** The directory of the company as LDIF. */
const directory = (): string =>
  `${['version: 1', ...people.map(person), ...groups.map(([name, logins], n) => group(name, n, membersOf(name, logins)))].join('\n\n')}\n`;

/** A later file, in which most of the sales people are gone: somebody has moved a branch of the directory. */
const mishap = (): string =>
  `version: 1\n\n${['emre', 'farah', 'katya', 'nils'].map((login) => `dn: ${dnOf(login)}\nchangetype: delete`).join('\n\n')}\n`;

/** Reads a run until it no longer moves by itself. */
const settled = async (api: Client, runId: string): Promise<void> => {
  for (;;) {
    const { state } = await api.getRun({ params: { runId: runId as never } });
    if (state !== 'queued' && state !== 'running') return;
    await delay(100);
  }
};

interface Example {
  /** Ids by the beginning of the page's path: `/roles` has that of a role. */
  readonly ids: Readonly<Record<string, string>>;
  /** Somebody whose rights come by a group within a group. */
  readonly person: string;
  /** A role with limits. */
  readonly editors: string;
}

/** Fills a new tenant of the catalogue `complete` through the API, as its first user. `as` is somebody who signs in. */
export const fillExample = async (api: Client, as: (subject: string) => Client): Promise<Example> => {
  const { id: source } = await api.createSource({
    body: {
      name: 'Head office',
      guards: Object.fromEntries(
        ['deletions', 'disablings', 'removals', 'groupRemovals'].map((one) => [one, { number: 3, percent: 15 }]),
      ) as never,
    },
  });
  const params = { sourceId: source };
  const first = await api.postDelta({ params, body: directory() });
  await settled(api, first.id);
  const byName = new Map<string, string>();
  for await (const { name, id } of api.items('listUsers')) byName.set(name, id);
  for await (const { name, id } of api.items('listGroups')) byName.set(name, id);
  const { user: me } = await api.getMe();
  byName.set(me.name, me.id);
  const idOf = (name: string) => byName.get(name) as never;

  // A second person manages access rights, as every tenant should have one.
  const dana = idOf('Dana Whitfield');
  const { invitation } = await api.inviteUser({ params: { userId: dana } });
  await as('dana').acceptInvitation({ body: { invitation } });
  const grants = [{ permission: 'manageAccessRights' }, { permission: 'viewAllReports' }];
  await api.putUserGrants({ params: { userId: dana }, body: { grants }, ifMatch: '*' });

  const policies = new Map<string, string>();
  for (const [name, description] of [
    ['Sales', 'Mail of the sales department, at home and abroad.'],
    ['Finance', 'Invoices, payroll and the auditors.'],
    ['Engineering', 'Development, with source code attachments allowed.'],
  ] as const)
    policies.set(name, (await api.createPolicy({ body: { name, description } })).id);
  const policy = (name: string) => policies.get(name) as never;

  const role = async (name: string, description: string, grants: readonly object[], members: readonly string[]) => {
    const { id: roleId } = await api.createRole({ body: { name, description } });
    for (const grant of grants) await api.addRoleGrant({ params: { roleId }, body: grant as never });
    if (members.length > 0) await api.addRoleMembers({ params: { roleId }, body: { members: members.map(idOf) } });
    return roleId;
  };
  const helpDesk = await role(
    'Help desk',
    'Looks at quarantined mail, and tells people where their messages are.',
    [
      { permission: 'viewQuarantine', policies: [policy('Sales'), policy('Finance')] },
      { permission: 'viewAllReports' },
    ],
    ['Help desk'],
  );
  const editors = await role(
    'Campaign editors',
    'Write the banners below our mail.',
    [
      { permission: 'createRules' },
      { permission: 'manageConditions' },
      { permission: 'editActions', actionTypes: ['insertDisclaimer', 'insertSignature'] },
    ],
    ['Marketing'],
  );
  await role('Auditors', 'Read the audit and all reports.', [{ permission: 'viewConfigurationAuditTrail' }], ['Legal']);
  const owner = await role(
    'Mail administrators',
    'Everything about rules.',
    ['createRules', 'manageRulesOrder', 'manageConditions', 'manageActions', 'manageOptions'].map((permission) => ({
      permission,
    })),
    ['Mona Marin', 'Bo Lindqvist', me.name],
  );
  let rule = '';
  for (const [type, name, description] of [
    ['signatureRule', 'Company signature', 'Name, address and logo below every message.'],
    ['complianceRule', 'Legal notice', 'Confidentiality notice on mail that leaves the company.'],
    ['signatureRule', 'Winter campaign', 'Banner of the winter campaign, until the end of February.'],
    ['attachmentRule', 'Large attachments', 'Become links to the file share.'],
  ] as const) {
    const { id } = await api.createRule({ body: { type, name, description, owner } });
    rule ||= id;
  }

  const held = await api.postDelta({ params, body: mishap() });
  await settled(api, held.id);
  await api.createDraft({
    body: {
      name: 'Console',
      operations: [
        {
          operation: 'addRoleGrant',
          params: { roleId: helpDesk },
          body: { permission: 'viewQuarantine', policies: [policy('Engineering')] },
        },
        { operation: 'removeRoleMembers', params: { roleId: helpDesk }, body: { members: [idOf('Help desk')] } },
        { operation: 'addRoleMembers', params: { roleId: helpDesk }, body: { members: [idOf('Help desk Montréal')] } },
        { operation: 'updateTenant', body: { changesTakeEffect: 'immediately' } },
      ] as never,
    },
  });
  const { items } = await api.listEvents({ query: { limit: 1, action: 'role.members.added' as never } });
  return {
    person: idOf('Liam O’Brien'),
    editors,
    ids: {
      '/roles': helpDesk,
      '/users': dana,
      '/groups': idOf('Help desk'),
      '/policies': policy('Sales'),
      '/rules': rule,
      '/directory/sources': source,
      '/directory/runs': held.id,
      '/audit': items[0]?.id ?? '',
    },
  };
};
