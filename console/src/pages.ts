// The pages of the console: one table, from which the router and the navigation are made. A page is loaded when it is
// opened first, and listed for those who may call the operation that it lives from.
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { OperationId } from '../../clients/typescript/index.ts';
import type { Me } from './shell/me.ts';
import type { ShellTexts } from './shell/texts.ts';

type Shown = ComponentType<{ params: Readonly<Record<string, string>> }>;
/** A page that is loaded when it is shown first, or earlier by `preload`. */
type Loaded = LazyExoticComponent<Shown> & { readonly preload: () => void };

/** What an entry says; it may depend on who reads it, who is nobody of a tenant when an operator. */
type EntryText = keyof ShellTexts['pages'] | ((me: Me | undefined) => keyof ShellTexts['pages']);

export interface ConsolePage {
  /** Below `/console`; `:id` is a parameter. */
  readonly path: string;
  readonly page: Loaded;
  /** The operation without which the page shows nothing. Absent: everybody may open it. */
  readonly needs?: OperationId;
  /** Whether it is of use to this person, besides. */
  readonly shows?: (me: Me) => boolean;
  /** Its entry in the navigation; absent for pages that one comes to from others. */
  readonly entry?: { readonly section: keyof ShellTexts['sections']; readonly text: EntryText };
  /** Of operators, who have no tenant. */
  readonly operators?: true;
}

type Module<Name extends string> = Record<Name, ComponentType<never>>;
const page = <Name extends string>(load: () => Promise<Module<Name>>, name: Name): Loaded =>
  Object.assign(
    lazy(async () => ({ default: (await load())[name] as Shown })),
    // What fails here fails once more when the page is shown, and is told there.
    { preload: () => void load().catch(() => {}) },
  );

export const pages: readonly ConsolePage[] = [
  {
    path: '/roles',
    page: page(() => import('./features/roles/roles-page.tsx'), 'RolesPage'),
    needs: 'listRoles',
    entry: { section: 'rights', text: 'roles' },
  },
  { path: '/roles/:id', page: page(() => import('./features/roles/role-page.tsx'), 'RolePage'), needs: 'getRole' },
  {
    path: '/rules',
    page: page(() => import('./features/rules/rules-page.tsx'), 'RulesPage'),
    needs: 'listRules',
    entry: { section: 'rights', text: 'rules' },
  },
  {
    path: '/rules/new',
    page: page(() => import('./features/rules/rule-pages.tsx'), 'NewRulePage'),
    needs: 'createRule',
  },
  {
    path: '/rules/:id',
    page: page(() => import('./features/rules/rule-pages.tsx'), 'RulePage'),
    needs: 'getRule',
  },
  {
    path: '/users',
    page: page(() => import('./features/users/users-page.tsx'), 'UsersPage'),
    needs: 'listUsers',
    // Contacts is what a product calls people whose rights are their own (FP-18).
    entry: { section: 'account', text: (me) => (me?.operations.includes('getUserGrants') ? 'contacts' : 'users') },
  },
  {
    path: '/users/:id',
    page: page(() => import('./features/users/user-page.tsx'), 'UserPage'),
    needs: 'getUser',
  },
  {
    path: '/groups',
    page: page(() => import('./features/groups/groups-page.tsx'), 'GroupsPage'),
    needs: 'listGroups',
    entry: { section: 'rights', text: 'groups' },
  },
  { path: '/groups/:id', page: page(() => import('./features/groups/group-page.tsx'), 'GroupPage'), needs: 'getGroup' },
  {
    path: '/policies',
    page: page(() => import('./features/policies/policies-page.tsx'), 'PoliciesPage'),
    needs: 'listPolicies',
    entry: { section: 'rights', text: 'policies' },
  },
  {
    path: '/policies/:id',
    page: page(() => import('./features/policies/policy-page.tsx'), 'PolicyPage'),
    needs: 'getPolicy',
  },
  {
    path: '/directory/sources',
    page: page(() => import('./features/directory/sources-page.tsx'), 'SourcesPage'),
    needs: 'listSources',
    entry: { section: 'directory', text: 'sources' },
  },
  {
    path: '/directory/sources/:id',
    page: page(() => import('./features/directory/source-page.tsx'), 'SourcePage'),
    needs: 'getSource',
  },
  {
    path: '/directory/runs/:id',
    page: page(() => import('./features/directory/run-page.tsx'), 'RunPage'),
    needs: 'getRun',
  },
  {
    path: '/review',
    page: page(() => import('./features/review/review-page.tsx'), 'ReviewPage'),
    needs: 'listHolders',
    entry: { section: 'review', text: 'review' },
  },
  {
    path: '/changes',
    page: page(() => import('./features/changes/changes-page.tsx'), 'ChangesPage'),
    needs: 'createDraft',
    shows: ({ appliesChanges }) => appliesChanges === 'onSubmit',
    entry: { section: 'review', text: 'changes' },
  },
  {
    path: '/audit',
    page: page(() => import('./features/audit/audit-page.tsx'), 'AuditPage'),
    needs: 'listEvents',
    entry: { section: 'review', text: 'audit' },
  },
  { path: '/audit/:id', page: page(() => import('./features/audit/event-page.tsx'), 'EventPage'), needs: 'getEvent' },
  {
    path: '/settings',
    page: page(() => import('./features/settings/settings-page.tsx'), 'SettingsPage'),
    needs: 'getTenant',
    entry: { section: 'account', text: 'settings' },
  },
  {
    path: '/rule-categories',
    page: page(() => import('./features/rules/categories.tsx'), 'CategoriesPage'),
    needs: 'getCategories',
    entry: { section: 'account', text: 'ruleCategories' },
  },
  {
    path: '/me',
    page: page(() => import('./features/me/me-page.tsx'), 'MePage'),
    entry: { section: 'account', text: 'me' },
  },
  {
    path: '/tenants',
    page: page(() => import('./features/operators/tenants-page.tsx'), 'TenantsPage'),
    entry: { section: 'operators', text: 'tenants' },
    operators: true,
  },
  {
    path: '/tenants/:id',
    page: page(() => import('./features/operators/tenant-page.tsx'), 'TenantPage'),
    operators: true,
  },
  {
    path: '/operator-events',
    page: page(() => import('./features/operators/events-page.tsx'), 'OperatorEventsPage'),
    entry: { section: 'operators', text: 'operatorEvents' },
    operators: true,
  },
];

/** The page of the navigation to which a path belongs: a run to the directories, because it begins alike. */
export const sectionOf = (path: string): ConsolePage | undefined => {
  const listed = pages.filter(({ entry }) => entry);
  return (
    listed.find(({ path: start }) => path === start || path.startsWith(`${start}/`)) ??
    listed.find(({ path: start }) => start.split('/')[1] === path.split('/')[1])
  );
};
