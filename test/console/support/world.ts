// What a suite of the console has: a browser, tenants of its own, people who sign in, and what the browser complains of.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterEach, expect, inject, vi } from 'vitest';
import { type Client, createClient } from '../../../clients/typescript/index.ts';
import { signInAsOperator, signInAsPerson } from '../../../infra/console/browser.ts';
import { demoSubject, scopes } from '../../../infra/local/instance.ts';
import { createIssuer } from '../../../infra/local/issuer.ts';
import { readState } from '../../../infra/local/state.ts';
import { longSuite } from '../../support/patience.ts';

const given = inject('console');

/** For `describe.skipIf`: there is no browser on this machine. */
export const noBrowser = given === undefined;

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Somebody of a tenant who can sign in. */
interface Somebody {
  readonly id: string;
  /** By which the provider knows the person. */
  readonly subject: string;
  /** The API, called as this person. */
  readonly api: Client;
}

interface TestTenant extends Somebody {
  readonly tenant: string;
  /** Creates a person who has accepted an invitation. */
  person(name: string, more?: { login?: string; mail?: string }): Promise<Somebody>;
}

interface Looked {
  readonly page: Page;
  /** Complaints of the browser about this page: errors, refusals of the policy, requests that left the origin. */
  readonly complaints: string[];
  /** Another test can have the window. */
  readonly again: boolean;
}

/** Milliseconds that an element is waited for. */
const patience = 60_000;

let browser: Browser | undefined;
let opened: Looked[] = [];
let names = 0;
const viewport = { width: 1280, height: 900 };
/** Windows that earlier tests have left: a new one costs a second of work, because the browser knows no script yet. */
const left: Page[] = [];

const api = async (tenant: string | undefined, subject: string, scope: string): Promise<Client> => {
  const issuer = await createIssuer({ statePath: join(given!.folder, 'issuer.json') });
  const token = await issuer.token({ subject, scope, expiresIn: 7200, ...(tenant !== undefined && { tenant }) });
  return createClient({ url: given!.url, token: () => token });
};

/** Refusals are answers, and the browser logs each as a failed request. */
const isRefusal = (text: string): boolean => /the server responded with a status of 4\d\d/.test(text);

const watch = (page: Page, again: boolean): void => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !isRefusal(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${given!.url}/`) && !request.url().startsWith('blob:'))
      complaints.push(`left the origin: ${request.url().slice(0, 100)}`);
  });
  opened.push({ page, complaints, again });
};

/** Leaves nothing of a test in its window: nobody is signed in, and nothing is remembered. */
const leave = async (page: Page): Promise<void> => {
  if (page.isClosed()) return;
  try {
    await page.evaluate('localStorage.clear(), sessionStorage.clear()');
  } catch {
    // It was on its way to another page, so nobody knows what it keeps.
    return page.context().close();
  }
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.removeAllListeners();
  await page.context().clearCookies();
  await page.setViewportSize(viewport);
  left.push(page);
};

/** What the pages of a failed test showed, for whoever mends it. */
const keepPictures = async (test: string, all: readonly Looked[]): Promise<void> => {
  for (const [at, { page }] of all.entries()) {
    if (page.isClosed()) continue;
    const path = `node_modules/.cache/console-failures/${test.slice(0, 60).replaceAll(/\W+/g, '-')}.${at}.png`;
    const height = Number(await page.evaluate('document.scrollingElement.scrollHeight'));
    await page.setViewportSize({ width: 1280, height });
    await page.screenshot({ path });
    process.stdout.write(`The page of the failed test: ${path}\n`);
  }
};

/** Call this once in a suite. After each test it demands that no browser had anything to complain of. */
export const consoleSuite = (): void => {
  vi.setConfig(longSuite);
  afterEach(async ({ task }) => {
    const all = opened;
    opened = [];
    const isFailed = task.result?.state === 'fail';
    if (isFailed) await keepPictures(task.name, all);
    for (const { page, again } of all) await (again && !isFailed ? leave(page) : page.context().close());
    expect(all.flatMap(({ complaints }) => complaints)).toEqual([]);
  });
};

/** A new tenant of a catalogue; its first user manages access rights. */
export const newTenant = async (catalogue: string, name = `Tenant ${++names} of ${catalogue}`): Promise<TestTenant> => {
  const operator = await api(undefined, 'local-operator', scopes.operator);
  const issuer = await createIssuer({ statePath: join(given!.folder, 'issuer.json') });
  const { id: tenant, firstUser } = await operator.createTenant({
    body: {
      name,
      catalogue,
      firstUser: { name: 'Ada Admin', identity: { issuer: issuer.issuer, subject: demoSubject } },
    },
  });
  const admin = await api(tenant, demoSubject, scopes.person);
  return {
    tenant,
    id: firstUser,
    subject: demoSubject,
    api: admin,
    async person(called, more = {}) {
      const { id } = await admin.createUser({ body: { kind: 'person', name: called, ...more } });
      const { invitation } = await admin.inviteUser({ params: { userId: id } });
      const subject = `subject-${id}`;
      const own = await api(tenant, subject, scopes.person);
      await own.acceptInvitation({ body: { invitation } });
      return { id, subject, api: own };
    },
  };
};

const newWindow = async (options: BrowserContextOptions): Promise<Page> => {
  browser ??= await chromium.connect(given!.browser);
  const context = await browser.newContext({
    viewport,
    locale: 'en-GB',
    // What moves is waited for until it stands still.
    reducedMotion: 'reduce',
    ...options,
  });
  // As patient as the suite: a busy machine is not a fault of the page.
  context.setDefaultTimeout(patience);
  return context.newPage();
};

/** A browser window of its own, in which every complaint counts against the test. */
export const windowAt = async (path: string, options: BrowserContextOptions): Promise<Page> => {
  const again = Object.keys(options).length === 0;
  const page = (again && left.pop()) || (await newWindow(options));
  watch(page, again);
  await page.goto(`${given!.url}/console${path}`);
  return page;
};

/** Opens a page of the console as somebody of a tenant. */
export const openAs = async (
  { tenant }: Pick<TestTenant, 'tenant'>,
  { subject }: Pick<Somebody, 'subject'>,
  path = '/',
  options: BrowserContextOptions = {},
): Promise<Page> => {
  const page = await windowAt(path, options);
  await signInAsPerson(page, tenant, subject);
  return page;
};

/** Signs in where the browser is with the provider. */
export const signInHere = (page: Page, { tenant, subject }: Pick<TestTenant, 'tenant' | 'subject'>): Promise<void> =>
  signInAsPerson(page, tenant, subject);

/** Where the console is served. */
export const consoleUrl = (): string => `${given!.url}/console/`;

/** Opens a page of the console as an operator. */
export const openAsOperator = async (
  path = '/',
  options: BrowserContextOptions = {},
  operator = 'local-operator',
): Promise<Page> => {
  const page = await windowAt(path, options);
  await signInAsOperator(page, operator);
  return page;
};

/** Where the database is, for a state that no request leads to. */
export const engineAddress = async (): Promise<string> => (await readState(given!.folder))!.endpoint;

/** Connects a directory with these guards, and takes in a file. Answers its id, and how to take in further ones. */
export const directoryOf = async (
  { api: admin }: TestTenant,
  first: string,
  guard?: { number: number; percent: number },
) => {
  const { id } = await admin.createSource({
    body: {
      name: 'Head office',
      ...(guard && { guards: { deletions: guard, disablings: guard, removals: guard, groupRemovals: guard } }),
    },
  });
  /** Answers the id of the run, once it no longer moves by itself. */
  const deliver = async (ldif: string): Promise<string> => {
    const run = await admin.postDelta({ params: { sourceId: id }, body: ldif });
    const moving = async () => (await admin.getRun({ params: { runId: run.id } })).state;
    await eventually(moving).not.toMatch(/queued|running/);
    return run.id;
  };
  await deliver(first);
  return { id, deliver };
};

/** What is read comes to be so. */
export const eventually = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: patience });

/** What axe finds against WCAG 2.2 AA on the page as it is now. */
export const accessible = async (page: Page): Promise<void> => {
  if (await page.evaluate('globalThis.axe === undefined')) await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(options: unknown): Promise<Found> } };
    interface Found {
      readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
    }
    const { violations } = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      reporter: 'no-passes',
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 150)}`);
  });
  expect(found).toEqual([]);
};
