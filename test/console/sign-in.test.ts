// Signing in to the console in a browser, by the provider of one machine.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  accessible,
  consoleSuite,
  newTenant,
  noBrowser,
  openAs,
  openAsOperator,
  signInHere,
  windowAt,
} from './support/world.ts';

consoleSuite();

const storage = (page: Page) => page.evaluate('JSON.stringify([localStorage, sessionStorage])');

describe.skipIf(noBrowser)('the sign-in', () => {
  it.each([
    ['light', 'en-GB', 'Sign in on this machine', 'Sign in'],
    ['dark', 'en-GB', 'Sign in on this machine', 'Sign in'],
    ['light', 'fr-CA', 'Connexion sur cet ordinateur', 'Se connecter'],
    ['dark', 'fr-CA', 'Connexion sur cet ordinateur', 'Se connecter'],
  ] as const)('is a page for everybody: %s, %s', async (colorScheme, locale, title, button) => {
    const page = await windowAt('/', { colorScheme, locale, viewport: { width: 360, height: 740 } });
    await page.getByRole('heading', { name: title }).waitFor();
    await page.getByRole('button', { name: button }).waitFor();
    expect(await page.evaluate('document.body.scrollWidth > document.body.clientWidth')).toBe(false);
    await accessible(page);
  });

  it('offers the demo tenants and their people, and takes the keyboard', async () => {
    const page = await windowAt('/me', {});
    const tenants = page.getByLabel('Tenant', { exact: true });
    await tenants.waitFor();
    const offered = await tenants.getByRole('option').allInnerTexts();
    for (const catalogue of ['complete', 'exchange-rules', 'email-security', 'secure-exchanges'])
      expect(offered.join()).toContain(`Demo (${catalogue})`);
    await tenants.selectOption({ label: offered.find((name) => name.startsWith('Demo (email-security)'))! });
    await tenants.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/console\/me$/);
  });

  it('leads back to the page that was asked for, leaves nothing in the browser, and is remembered at a reload', async () => {
    const tenant = await newTenant('complete');
    const page = await openAs(tenant, tenant, '/review?tab=holders&permission=manageAccessRights');
    await page.getByRole('row', { name: /Ada Admin/ }).waitFor();
    expect(page.url()).toMatch(/\/console\/review\?tab=holders&permission=manageAccessRights$/);
    expect(await storage(page)).toBe('[{},{}]');
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.reload();
    await page.getByRole('row', { name: /Ada Admin/ }).waitFor();
    expect(addresses.join()).toContain('/issuer/authorize?');
    expect(addresses.join()).not.toMatch(/eyJ|access_token|refresh_token/);
    expect(await storage(page)).toBe('[{},{}]');
  });

  it('ends by Sign out: the next page asks again, also after going back', async () => {
    const tenant = await newTenant('complete');
    const page = await openAs(tenant, tenant, '/me');
    await page
      .getByRole('button', { name: /Ada Admin|admin/ })
      .first()
      .click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in on this machine' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Sign in on this machine' }).waitFor();
  });

  it('of an operator shows what operators do', async () => {
    const page = await openAsOperator();
    await page.getByRole('link', { name: 'Tenants' }).first().waitFor();
  });

  it('of somebody disabled says so, in an open page and after a reload, with a way out', async () => {
    const tenant = await newTenant('complete');
    const bo = await tenant.person('Bo Bold');
    const page = await openAs(tenant, bo, '/me');
    await page.getByRole('heading', { name: 'Me', level: 1 }).waitFor();
    await tenant.api.updateUser({ params: { userId: bo.id as never }, body: { state: 'disabled' } });
    const told = page.getByRole('heading', { name: 'You are disabled', level: 1 });
    await page.getByRole('link', { name: 'Settings' }).click();
    await told.waitFor();
    await page.reload();
    await told.waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in on this machine' }).waitFor();
  });

  it('of somebody whom the tenant does not know is told so', async () => {
    const tenant = await newTenant('complete');
    const page = await windowAt('/', {});
    await signInHere(page, { ...tenant, subject: 'stranger' });
    await page.getByText('no user of this tenant belongs to you').waitFor();
  });
});
