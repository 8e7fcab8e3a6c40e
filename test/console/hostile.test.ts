// Nothing that anybody can write is run or followed by the console: names, descriptions, values of a directory, texts of
// refusals, addresses.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { listedPages } from '../../infra/console/browser.ts';
import {
  consoleSuite,
  consoleUrl,
  directoryOf,
  eventually,
  newTenant,
  noBrowser,
  openAs,
  openAsOperator,
  signInHere,
} from './support/world.ts';

consoleSuite();

const hostile = [
  '<img src=x onerror="globalThis.hit=1">',
  '"><script>globalThis.hit=1</script>',
  'javascript:globalThis.hit=1',
  '{{7*7}} #{globalThis.hit=1}',
  '$role1',
  '😀'.repeat(100),
  '`+globalThis.hit=1+`',
  '../../v1/tenants?x=<b>&y=%00',
];

/** What a script of ours would have left behind. */
const traces = (page: Page) =>
  page.evaluate(() => {
    const { document, hit } = globalThis as unknown as {
      document: { querySelectorAll(of: string): unknown[] };
      hit?: unknown;
    };
    return [
      hit ?? null,
      document.querySelectorAll('img[src=x], [onerror], a[href^="javascript:" i], main script').length,
    ];
  });

declare const history: { readonly state: unknown; pushState(state: null, title: string, to: string): void };

/** Goes on without loading anything anew, and waits until the page has read what it shows. */
const goTo = async (page: Page, path: string): Promise<void> => {
  await page.evaluate((to) => history.pushState(null, '', to), `/console${path}`);
  const main = page.getByRole('main');
  await main.getByRole('heading', { level: 1 }).first().waitFor();
  await eventually(() => main.getByText(/^(Loading|…)$/).count()).toBe(0);
};

const ldif = (): string => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const person = (name: string, n: number) =>
    [
      `dn: uid=h${n},dc=evil,dc=example`,
      'objectClass: inetOrgPerson',
      `entryUUID: 7d1c2b3a-0000-4000-8000-00000000000${n}`,
      `uid: h${n}`,
      `cn:: ${base64(name)}`,
    ].join('\n');
  const group = (name: string, n: number) =>
    [
      `dn: cn=g${n},dc=evil,dc=example`,
      'objectClass: groupOfNames',
      `entryUUID: 7e1c2b3a-0000-4000-8000-00000000000${n}`,
      `cn:: ${base64(name)}`,
      `member: uid=h${n},dc=evil,dc=example`,
    ].join('\n');
  return `version: 1\n\n${[...hostile.map(person), ...hostile.map(group)].join('\n\n')}\n`;
};

/** A tenant in which everything has a hostile name, and the ids of its things by the start of their pages' paths. */
const furnish = async () => {
  const tenant = await newTenant('complete', hostile[0]);
  const { api } = tenant;
  const { id: source } = await directoryOf(tenant, ldif());
  const users = (await api.listUsers({ query: { source } })).items;
  const groups = (await api.listGroups()).items;
  expect([users.length, groups.length]).toEqual([hostile.length, hostile.length]);
  const { id: authors } = await api.createRole({ body: { name: 'Authors' } });
  await api.addRoleGrant({ params: { roleId: authors }, body: { permission: 'createRules' } });
  await api.addRoleMembers({ params: { roleId: authors }, body: { members: [tenant.id as never] } });
  const made = { role: [] as string[], policy: [] as string[], rule: [] as string[], source: [] as string[] };
  for (const [at, name] of hostile.entries()) {
    const body = { name, description: `${name} user \u202Eexe.fdp` };
    const { id: roleId } = await api.createRole({ body });
    const { id: policy } = await api.createPolicy({ body });
    const rule = await api.createRule({ body: { ...body, type: 'signatureRule', owner: authors } });
    made.role.push(roleId);
    made.policy.push(policy);
    made.rule.push(rule.id);
    made.source.push((await api.createSource({ body: { name } })).id);
    await api.addRoleGrant({ params: { roleId }, body: { permission: 'viewQuarantine', policies: [policy] } });
    await api.addRoleMembers({ params: { roleId }, body: { members: [users[at]!.id, groups[at]!.id] } });
  }
  const operations = made.role.map((roleId, at) => ({
    operation: 'updateRole',
    params: { roleId },
    body: { name: `${hostile[at]!.slice(0, 40)}!` },
  }));
  await api.createDraft({ body: { name: 'Console', operations } as never });
  const [run] = (await api.listRuns({ params: { sourceId: source } })).items;
  const [event] = (await api.listEvents({ query: { action: 'role.created' } })).items;
  const ids: Readonly<Record<string, readonly string[]>> = {
    '/users': users.map(({ id }) => id),
    '/groups': groups.map(({ id }) => id),
    '/roles': made.role,
    '/policies': made.policy,
    '/rules': made.rule,
    '/directory/sources': made.source,
    '/directory/runs': [run!.id],
    '/audit': [event!.id],
  };
  return { tenant, ids };
};
let furnishing: ReturnType<typeof furnish> | undefined;
const furnished = () => {
  furnishing ??= furnish();
  return furnishing;
};

/** Pages that read nothing of their own before something is chosen in them. */
const asking = ['/rules/new', '/review'];

/** Every page for somebody of a tenant; of those of one thing, what `chosen` takes of its ids. */
const pathsOf = async (
  ids: Readonly<Record<string, readonly string[]>>,
  chosen: (all: readonly string[], kind: number) => readonly string[],
): Promise<string[]> =>
  (await listedPages())
    .filter(({ operators }) => operators !== true)
    .flatMap(({ path }) => {
      const [start = '', rest] = path.split('/:id');
      if (rest === undefined) return [path];
      const all = ids[start];
      if (!all) throw new Error(`no id is known for ${path}`);
      return chosen(all, Object.keys(ids).indexOf(start)).map((id) => `${start}/${id}${rest}`);
    });

describe.skipIf(noBrowser)('hostile texts', () => {
  it('are shown as they are: names and descriptions, on every page', async () => {
    const { tenant, ids } = await furnished();
    // Lists show all of the names, and two of each kind have their pages opened, so that these show all names together.
    const two = (all: readonly string[], kind: number) =>
      [2 * kind, 2 * kind + 1].slice(0, all.length).map((at) => all[at % all.length] as string);
    const [policy, user, role] = [ids['/policies']![1], ids['/users']![1], ids['/roles']![0]];
    const page = await openAs(tenant, tenant, '/me');
    for (const path of [
      ...(await pathsOf(ids, two)),
      `/review?tab=holders&permission=viewQuarantine&policy=${policy}`,
      `/review?tab=access&of=role&role=${role}`,
      `/review?tab=why&user=${user}&permission=viewQuarantine&policy=${policy}`,
      '/settings?tab=about',
    ]) {
      await goTo(page, path);
      expect(await traces(page), path).toEqual([null, 0]);
    }
    // What is shown is the text itself, whatever it looks like.
    await goTo(page, `/policies/${policy}`);
    await page.getByRole('heading', { name: hostile[1]!, level: 1 }).waitFor();
    const operator = await openAsOperator(`/tenants/${tenant.tenant}`);
    await operator.getByRole('heading', { name: hostile[0]!, level: 1 }).waitFor();
    expect(await traces(operator)).toEqual([null, 0]);
    // What turns the reading direction round is no name at all.
    await expect(tenant.api.createRole({ body: { name: 'user \u202Eexe.fdp' } })).rejects.toMatchObject({
      status: 400,
    });
  });

  it('are shown as they are: those of refusals, on every page and in its dialogs', async () => {
    const { tenant, ids } = await furnished();
    const text = `${hostile[0]} ${hostile[1]}`;
    const problem = { title: text, status: 409, code: 'conflict', detail: text, errors: [] };
    const page = await openAs(tenant, tenant, '/me');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.route('**/v1/**', (route) =>
      /\/v1\/(me|catalogue|names)(\?|$)/.test(route.request().url())
        ? route.fallback()
        : route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
    );
    // Without the catalogue there is no page to show: what could not be read is said, and read again.
    const refused = '**/v1/catalogue*';
    await page.route(refused, (route) =>
      route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
    );
    await page.reload();
    await page.getByRole('heading', { name: 'What can be granted could not be read', level: 1 }).waitFor();
    expect(await traces(page)).toEqual([null, 0]);
    await page.unroute(refused);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Me', level: 1 }).waitFor();
    for (const path of await pathsOf(ids, (all) => all.slice(0, 1))) {
      await goTo(page, path);
      if (!asking.includes(path)) await page.getByText(text).first().waitFor();
      expect(await traces(page), path).toEqual([null, 0]);
    }
    await goTo(page, '/policies');
    await page.getByRole('button', { name: 'Add a policy' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Sales');
    await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
    await page.getByRole('dialog', { name: text }).waitFor();
    expect(await traces(page)).toEqual([null, 0]);
  });
});

describe.skipIf(noBrowser)('the address', () => {
  it('leads away to nowhere: another path of the state, a made-up answer of the provider, two slashes', async () => {
    const tenant = await newTenant('secure-exchanges');
    const { origin } = new URL(consoleUrl());
    const heading = (page: Page) => page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
    const page = await openAs(tenant, tenant, '/me');
    for (const path of [
      'signed-in?code=made-up&state=made-up',
      '/evil.example/x',
      'signed-in?error=access_denied&state=//evil.example',
    ]) {
      await page.goto(consoleUrl() + path);
      await heading(page);
      expect(new URL(page.url()).origin, path).toBe(origin);
    }
    for (const elsewhere of [
      '//evil.example/x',
      'https://evil.example/',
      '/v1/docs',
      'javascript:globalThis.hit=1',
      '/console/signed-in',
    ]) {
      // The provider has forgotten the person, and asks while the browser keeps where to go afterwards.
      await page.context().clearCookies();
      await page.goto(`${consoleUrl()}me`);
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      await page.evaluate((to) => {
        const { sessionStorage } = globalThis as unknown as { sessionStorage: Record<string, string> };
        for (const key of Object.keys(sessionStorage).filter((one) => one.startsWith('oidc.')))
          sessionStorage[key] = JSON.stringify({ ...JSON.parse(sessionStorage[key] as string), data: to });
      }, elsewhere);
      await signInHere(page, tenant);
      await heading(page);
      expect(new URL(page.url()).pathname, elsewhere).toMatch(/^\/console\/(?!signed-in)/);
      expect(new URL(page.url()).origin).toBe(origin);
      expect(await traces(page)).toEqual([null, 0]);
    }
  });

  it('of the provider sends nobody to a page that is not of the console', async () => {
    const { origin } = new URL(consoleUrl());
    for (const redirect of [
      'https://evil.example/',
      `${origin}/v1/docs`,
      `${origin}/console/../v1/docs`,
      `${origin}@evil.example/console/signed-in`,
    ]) {
      const query = new URLSearchParams({
        client_id: 'holdfast-console',
        response_type: 'code',
        redirect_uri: redirect,
        scope: 'openid holdfast/admin',
        state: 's',
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
      });
      const answer = await fetch(`${origin}/issuer/authorize?${query}`, { redirect: 'manual' });
      expect([answer.status, answer.headers.get('location')], redirect).toEqual([400, null]);
    }
  });
});

describe.skipIf(noBrowser)('the browser', () => {
  it('shows the console in no frame, and runs no script but its own', async () => {
    const { origin } = new URL(consoleUrl());
    for (const path of [
      '/console/',
      '/console/roles',
      '/console/signed-in?code=x',
      '/issuer/authorize',
      '/console/config.json',
    ]) {
      const { headers } = await fetch(origin + path, { redirect: 'manual' });
      const policy = headers.get('content-security-policy') ?? '';
      for (const part of ["default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"])
        expect(policy, path).toContain(part);
      expect(policy, path).not.toMatch(/unsafe|\*|data:.*script/);
      expect(headers.get('x-frame-options'), path).toBe('DENY');
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('referrer-policy'), path).toBe('no-referrer');
    }
  });

  it('keeps the token in memory: in no storage, cookie, address, or request but the header', async () => {
    const tenant = await newTenant('secure-exchanges');
    const page = await openAs(tenant, tenant, '/me');
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.reload();
    await page.getByRole('heading', { name: 'Me', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('heading', { name: 'Audit', level: 1 }).waitFor();
    const kept = await page.evaluate(async () => {
      const { localStorage, sessionStorage, document, indexedDB, caches } = globalThis as unknown as Record<
        string,
        never
      > & {
        document: { cookie: string };
        indexedDB: { databases(): Promise<unknown[]> };
        caches: { keys(): Promise<string[]> };
      };
      return JSON.stringify([
        localStorage,
        sessionStorage,
        document.cookie,
        await indexedDB.databases(),
        await caches.keys(),
        history.state,
      ]);
    });
    expect(kept).not.toMatch(/eyJ|token|verifier/);
    expect(addresses.length).toBeGreaterThan(3);
    for (const address of addresses) expect(address).not.toMatch(/eyJ|access_token|id_token/);
  });
});
