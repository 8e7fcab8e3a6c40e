// The browser in which the console is tried and photographed, and the way through the sign-in of one machine.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { consoleFolder } from './sources.ts';

/** Debian's chromium, as `.ci/run` installs it. */
export const chromiumPath = '/usr/bin/chromium';

/** Without these the browser asks for things on the net that nobody needs here. */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Fills the form of the provider as a person of a tenant, and waits until the console is back. */
export const signInAsPerson = async (page: Page, tenant: string, subject: string): Promise<void> => {
  await page.locator('#other').fill(tenant);
  await page.locator('#user').fill(subject);
  await page.locator('#user').press('Enter');
  await page.waitForURL(/\/console\/(?!signed-in)/);
};

/** Fills the second form of the provider: operators have no tenant. */
export const signInAsOperator = async (page: Page, operator: string): Promise<void> => {
  await page.locator('#operator').fill(operator);
  await page.locator('#operator').press('Enter');
  await page.waitForURL(/\/console\/(?!signed-in)/);
};

/** A page of the console, as its table of pages lists it. */
interface Listed {
  readonly path: string;
  readonly operators?: true;
}

/**
 * Every page of the console. The table is read when it is needed and not imported, because its types are those of a
 * browser.
 */
export const listedPages = async (): Promise<readonly Listed[]> => {
  const { pages } = (await import(pathToFileURL(join(consoleFolder, 'src/pages.ts')).href)) as { pages: Listed[] };
  return pages;
};
