// `npm run console:pictures -- --to FOLDER [--write]`: starts an instance with the tenant of example.ts, and takes every
// page of the console as a picture: light, dark, in French, and on a telephone. With --write, the three pictures of the README are
// renewed in docs/pictures.
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createClient } from '../../clients/typescript/index.ts';
import { run } from '../local/command.ts';
import { demoSubject, scopes, startInstance } from '../local/instance.ts';
import { root } from '../root.ts';
import { chromiumFlags, chromiumPath, listedPages, signInAsOperator, signInAsPerson } from './browser.ts';
import { builtConsole } from './built.ts';
import { fillExample } from './example.ts';

const sizes = {
  wide: { width: 1280, height: 900 },
  phone: { width: 390, height: 844 },
  readme: { width: 1280, height: 800 },
} as const;

interface Look {
  readonly name: string;
  readonly size: keyof typeof sizes;
  readonly colorScheme: 'light' | 'dark';
  readonly locale: 'en-GB' | 'fr-CA';
}
const looks: readonly Look[] = [
  { name: 'light', size: 'wide', colorScheme: 'light', locale: 'en-GB' },
  { name: 'dark', size: 'wide', colorScheme: 'dark', locale: 'en-GB' },
  { name: 'french', size: 'wide', colorScheme: 'light', locale: 'fr-CA' },
  { name: 'phone', size: 'phone', colorScheme: 'light', locale: 'en-GB' },
];

/** Waits until everything has been read, which the words of the page tell, and none of them changes any more. */
const settle = async (page: Page): Promise<void> => {
  const main = page.getByRole('main');
  await main.waitFor();
  for (let before = '', rounds = 0; rounds < 100; rounds += 1) {
    const now = (await main.textContent()) ?? '';
    const reads = await main.getByText(/^(Loading|Chargement|…)/).count();
    if (now === before && reads === 0) return;
    before = now;
    await delay(250);
  }
};

/** Takes a page as high as its content, because the frame scrolls within the window; or as high as the window. */
const take = async (page: Page, path: string, whole = true): Promise<Buffer> => {
  await settle(page);
  const { width, height } = page.viewportSize() ?? sizes.wide;
  const content = Number(await page.evaluate('document.scrollingElement.scrollHeight'));
  if (whole) await page.setViewportSize({ width, height: Math.max(height, content) });
  const picture = await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  await page.setViewportSize({ width, height });
  return picture;
};

const open = async (browser: Browser, { size, colorScheme, locale }: Look): Promise<Page> => {
  const options = { viewport: sizes[size], colorScheme, locale, timezoneId: 'Europe/Paris' };
  return (await browser.newContext(options)).newPage();
};

await run(async () => {
  const { values } = parseArgs({ options: { to: { type: 'string' }, write: { type: 'boolean', default: false } } });
  const folder = resolve(values.to ?? join(root, 'node_modules/.cache/console-pictures'));
  await mkdir(folder, { recursive: true });
  const instance = await startInstance({ port: 0, console: builtConsole() });
  const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumFlags });
  try {
    const { url, issuer } = instance;
    const operator = createClient({
      url,
      token: () => issuer.token({ subject: 'local-operator', scope: scopes.operator }),
    });
    const { id: tenant } = await operator.createTenant({
      body: {
        name: 'Lighthouse Ltd',
        catalogue: 'complete',
        firstUser: { name: 'Ada Novák', identity: { issuer: issuer.issuer, subject: demoSubject } },
      },
    });
    const as = (subject: string) =>
      createClient({ url, token: () => issuer.token({ tenant, subject, scope: scopes.person }) });
    const { ids, person, editors } = await fillExample(as(demoSubject), as);
    const filled = (path: string) =>
      path.replace(/^(.*)\/:id/, (_, start: string) => `${start}/${ids[start] ?? tenant}`);
    const of = (path: string, operators: boolean) => ({
      name: path.slice(1).replaceAll(/[/:]+/g, '-'),
      path: filled(path),
      operators,
    });
    const shots = [
      ...(await listedPages()).map(({ path, operators }) => of(path, operators === true)),
      { name: 'roles-id-rights', path: `/roles/${ids['/roles']}?tab=rights`, operators: false },
      {
        name: 'review-why',
        path: `/review?tab=why&user=${person}&permission=viewQuarantine&policy=${ids['/policies']}`,
        operators: false,
      },
      { name: 'review-access', path: `/review?tab=access&of=role&role=${ids['/roles']}`, operators: false },
      { name: 'settings-quotas', path: '/settings?tab=quotas', operators: false },
      { name: 'settings-audit', path: '/settings?tab=audit', operators: false },
      { name: 'settings-about', path: '/settings?tab=about', operators: false },
      {
        name: 'source-settings',
        path: `/directory/sources/${ids['/directory/sources']}?tab=settings`,
        operators: false,
      },
    ];
    for (const look of looks)
      for (const operators of [false, true]) {
        const page = await open(browser, look);
        await page.goto(`${url}/console/`);
        await (operators ? signInAsOperator(page, 'local-operator') : signInAsPerson(page, tenant, demoSubject));
        for (const shot of shots.filter((one) => one.operators === operators)) {
          await page.goto(`${url}/console${shot.path}`);
          await page.waitForURL(`${url}/console${shot.path}`);
          await take(page, join(folder, `${shot.name}.${look.name}.png`));
          process.stdout.write(`${shot.name}.${look.name}.png\n`);
        }
        await page.context().close();
      }
    if (values.write) {
      const page = await open(browser, { ...(looks[0] as Look), size: 'readme' });
      await page.goto(`${url}/console/`);
      await signInAsPerson(page, tenant, demoSubject);
      for (const [name, path] of [
        ['console-role', `/roles/${editors}?tab=rights&edit=true`],
        ['console-why', `/review?tab=why&user=${person}&permission=viewQuarantine&policy=${ids['/policies']}`],
        ['console-changes', '/changes'],
      ] as const) {
        await page.goto(`${url}/console${path}`);
        await page.waitForURL(`${url}/console${path}`);
        const picture = await take(page, join(folder, `${name}.png`), false);
        await writeFile(join(root, 'docs/pictures', `${name}.png`), picture);
      }
    }
  } finally {
    await browser.close();
    await instance.close();
  }
});
