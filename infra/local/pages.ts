// The pages of one machine: the console, and the provider by which people sign in to it.
import { isId, type TenantId } from '../../shared/domain/base/ids.ts';
import { listAccounts } from '../../shared/store/accounts.ts';
import type { Db } from '../../shared/store/db.ts';
import { type ListedUser, listUsers } from '../../shared/store/lists.ts';
import { release } from '../release.ts';
import { fileSite } from './files.ts';
import type { Issuer } from './issuer.ts';
import type { Choices } from './openid/page.ts';
import { openIdMetadata, openIdProvider } from './openid/provider.ts';
import { consoleClient } from './openid/request.ts';
import { jsonReply, type Site, seeOther } from './site.ts';
import type { LocalState } from './state.ts';

interface PageParts {
  readonly issuer: Issuer;
  readonly db: Db;
  /** The demo tenants, which come first. */
  readonly demos: () => LocalState['tenants'];
  /** Folder of the built console; without it, no console is served. */
  readonly console?: string | undefined;
}

/** Names that a page offers. Whoever is not among them is typed in. */
const most = { tenants: 200, people: 50 } as const;

const some = async <T>(list: AsyncIterable<{ readonly item?: T }>, count: number): Promise<T[]> => {
  const found: T[] = [];
  for await (const { item } of list) {
    if (item !== undefined) found.push(item);
    if (found.length === count) break;
  }
  return found;
};

/** The tenants of the machine, and the people who sign in to the first one by this provider. */
const choicesOf =
  ({ db, demos, issuer }: PageParts) =>
  async (asked: string | undefined): Promise<Choices> => {
    const own = demos();
    const accounts = await some(listAccounts(db, undefined, most.tenants), most.tenants);
    const others = accounts
      .filter(({ id }) => !own.some((demo) => demo.id === id))
      .map(({ id, record }) => ({ id, name: record?.name ?? id }));
    const named = own.find(({ catalogue, name }) => asked === catalogue || asked === name)?.id;
    const tenant = named ?? (asked !== undefined && isId('tenant', asked) ? asked : own[0]?.id);
    return {
      tenant,
      tenants: [...own, ...others],
      people: tenant === undefined ? [] : await peopleOf(db, issuer, tenant),
    };
  };

const peopleOf = async (db: Db, { issuer }: Issuer, tenant: string): Promise<Choices['people']> => {
  const keep = ({ access, profile }: ListedUser) =>
    access.kind === 'person' && access.state === 'active' && profile.issuer === issuer;
  const users = await some(listUsers(db, tenant as TenantId, { keep }, most.people), most.people);
  return users.flatMap(({ profile: { subject, name } }) => (subject === undefined ? [] : [{ subject, name }]));
};

/** What the console asks before it starts. A deployment writes the same file with the settings of its stage. */
const consoleSettings = (issuer: string, origin: string) => ({
  authority: issuer,
  clientId: consoleClient,
  scope: 'openid holdfast/admin',
  operatorScope: 'openid holdfast/operator holdfast/recovery',
  version: release,
  // The issuer's name leads nowhere, so the client cannot discover this.
  metadata: openIdMetadata(issuer, origin),
});

const consoleSite = async (folder: string, { issuer }: Issuer): Promise<Site> => {
  const files = await fileSite(folder);
  return async (request) => {
    if (request.path === '') return seeOther('/console/');
    if (request.path === '/config.json') return jsonReply(200, consoleSettings(issuer, request.origin));
    return files(request);
  };
};

/** The sites of one machine by the first segment of their paths. */
export const localSites = async (parts: PageParts): Promise<ReadonlyMap<string, Site>> =>
  new Map([
    ['issuer', openIdProvider({ issuer: parts.issuer, choices: choicesOf(parts) })],
    ...(parts.console === undefined ? [] : [['console', await consoleSite(parts.console, parts.issuer)] as const]),
  ]);
