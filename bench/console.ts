// `npm run bench -- console`: how long the main thread of the browser is taken by long lists: 10,000 users, 1,000 rules and
// 500 roles. It prints, for each thing that a person does, the longest task and the script and layout time by the
// browser's own counters. Nothing is asserted, because the times are those of this machine.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type Browser, type BrowserContextOptions, type CDPSession, chromium, type Page } from 'playwright-core';
import { type Client, createClient } from '../clients/typescript/index.ts';
import { chromiumFlags, chromiumPath, signInAsPerson } from '../infra/console/browser.ts';
import { builtConsole } from '../infra/console/built.ts';
import { run } from '../infra/local/command.ts';
import { demoSubject, scopes, startInstance } from '../infra/local/instance.ts';

const sizes = { users: 10_000, rules: 1_000, roles: 500 } as const;
/** As many operations as a change set takes, of those that write the most. */
const atOnce = 30;

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

const ldif = (): string =>
  `version: 1\n\n${range(sizes.users)
    .map((n) => {
      const uuid = `5a1c2b3a-0000-4000-8000-${String(n).padStart(12, '0')}`;
      return `dn: uid=u${n},dc=big,dc=example\nobjectClass: inetOrgPerson\nentryUUID: ${uuid}\nuid: u${n}\ncn: Person ${n} Number${n % 97}`;
    })
    .join('\n\n')}\n`;

const fill = async (api: Client): Promise<void> => {
  const { user } = await api.getMe();
  const { id: sourceId } = await api.createSource({ body: { name: 'Big' } });
  const { id: runId } = await api.postDelta({ params: { sourceId }, body: ldif() });
  const { id: owner } = await api.createRole({ body: { name: 'Owners' } });
  await api.addRoleGrant({ params: { roleId: owner }, body: { permission: 'createRules' } });
  await api.addRoleMembers({ params: { roleId: owner }, body: { members: [user.id] } });
  const inSets = async (count: number, step: (n: number) => object): Promise<void> => {
    for (let from = 0; from < count; from += atOnce) {
      const operations = range(Math.min(atOnce, count - from)).map((n) => step(from + n));
      await api.submitChangeSet({ body: { operations } as never });
    }
  };
  await inSets(sizes.roles, (n) => ({ operation: 'createRole', body: { name: `Role ${n}` } }));
  await inSets(sizes.rules, (n) => ({
    operation: 'createRule',
    body: { type: 'signatureRule', name: `Rule ${n}`, owner },
  }));
  for (;;) {
    const { state } = await api.getRun({ params: { runId } });
    if (state === 'done') return;
    if (state === 'failed') throw new Error('the directory run failed');
    await delay(500);
  }
};

/** Collects the long tasks of each page that is loaded. The browser reports them from 50 ms on. */
const watching = `globalThis.longTasks = []; new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((one) => one.duration))).observe({ type: 'longtask' })`;

const sized = { viewport: { width: 1280, height: 900 }, locale: 'en-GB' } as const;

interface Watched {
  readonly page: Page;
  readonly session: CDPSession;
}

/** A window of its own: nothing is in its cache. */
const opened = async (browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> => {
  const context = await browser.newContext({ ...sized, ...options });
  await context.addInitScript(watching);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  return { page, session };
};

const counters = async (session: CDPSession): Promise<number> => {
  const { metrics } = await session.send('Performance.getMetrics');
  const of = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? 0;
  return 1000 * (of('ScriptDuration') + of('LayoutDuration') + of('RecalcStyleDuration'));
};

const measured = async ({ page, session }: Watched, what: string, act: () => Promise<void>): Promise<void> => {
  await page.evaluate('longTasks.length = 0');
  const [work, began] = [await counters(session), performance.now()];
  await act();
  await delay(500);
  const took = performance.now() - began - 500;
  const tasks = (await page.evaluate('longTasks')) as number[];
  const columns = [Math.max(0, ...tasks), (await counters(session)) - work, took].map((ms) =>
    String(Math.round(ms)).padStart(8),
  );
  const rows = await page.getByRole('main').getByRole('row').count();
  process.stdout.write(`${what.padEnd(34)}${columns.join('')}${String(rows).padStart(6)}\n`);
};

await run(async () => {
  const instance = await startInstance({ port: 0, console: builtConsole() });
  const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumFlags });
  try {
    const { url, issuer } = instance;
    const operator = createClient({ url, token: () => issuer.token({ subject: 'operator', scope: scopes.operator }) });
    const { id: tenant } = await operator.createTenant({
      body: {
        name: 'Big',
        catalogue: 'complete',
        firstUser: { name: 'Ada', identity: { issuer: issuer.issuer, subject: demoSubject } },
      },
    });
    await fill(
      createClient({ url, token: () => issuer.token({ tenant, subject: demoSubject, scope: scopes.person }) }),
    );
    const watched = await opened(browser);
    const { page } = watched;
    await page.goto(`${url}/console/me`);
    await signInAsPerson(page, tenant, demoSubject);
    const main = page.getByRole('main');
    const row = (name: RegExp) => main.getByRole('row', { name }).first().waitFor();
    process.stdout.write(
      `${'ms'.padEnd(34)}${['longest', 'work', 'took'].map((one) => one.padStart(8)).join('')}  rows\n`,
    );
    await page.waitForURL(`${url}/console/me`);
    // Somebody whom the provider still knows, in a browser that has none of the scripts.
    const cold = await opened(browser, { storageState: await page.context().storageState() });
    await measured(cold, 'cold load of the roles', async () => {
      await cold.page.goto(`${url}/console/roles`);
      await cold.page
        .getByRole('main')
        .getByRole('row', { name: /Role \d/ })
        .first()
        .waitFor();
    });
    await cold.page.context().close();
    for (const [list, one, found] of [
      ['Roles', /Role \d/, 'Role 499'],
      ['Rules', /Rule \d/, 'Rule 999'],
      ['Users', /Person/, 'Person 9999'],
      ['Contacts', /Person/, 'Person 9999'],
    ] as const) {
      const entry = page.getByRole('navigation').getByRole('link', { name: list, exact: true });
      if ((await entry.count()) === 0) continue;
      await measured(watched, `${list}: open`, async () => {
        await entry.click();
        await row(one);
      });
      const next = main.getByRole('button', { name: 'Next page' });
      if ((await next.count()) > 0)
        await measured(watched, `${list}: next page`, async () => {
          await next.first().click();
        });
      await measured(watched, `${list}: find`, async () => {
        await main.getByRole('searchbox').first().fill(found);
        await row(new RegExp(found));
      });
    }
  } finally {
    await browser.close();
    await instance.close();
  }
});
