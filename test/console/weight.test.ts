// How much the console asks of the browser: the scripts of a cold load, and the work of long lists. Work is counted and
// not timed, because the time of a busy machine says nothing; `npm run bench -- console` times it.
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { consoleSuite, consoleUrl, newTenant, noBrowser, openAs } from './support/world.ts';

consoleSuite();

/** Kilobytes of compressed script until the first page is there. */
const budget = 350;

/** Bytes of a file as it is served to a browser that takes brotli. */
const served = (url: string): Promise<{ bytes: number; encoding: string | undefined }> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { headers: { 'accept-encoding': 'br, gzip' } }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('end', () => resolve({ bytes, encoding: answer.headers['content-encoding'] }));
    });
    asked.on('error', reject);
    asked.end();
  });

describe.skipIf(noBrowser)('the first view', () => {
  it(`needs less than ${budget} kB of compressed script`, async () => {
    const tenant = await newTenant('complete');
    const page = await openAs(tenant, tenant, '/me');
    await page.getByRole('heading', { name: 'Me', level: 1 }).waitFor();
    const scripts = new Set<string>();
    page.on('request', (one) => {
      if (one.resourceType() === 'script') scripts.add(one.url());
    });
    await page.goto(`${consoleUrl()}roles`);
    await page
      .getByRole('row', { name: /administrators/i })
      .first()
      .waitFor();
    expect(scripts.size).toBeGreaterThan(1);
    const sizes = await Promise.all([...scripts].map(async (url) => ({ url, ...(await served(url)) })));
    const large = sizes
      .sort((one, other) => other.bytes - one.bytes)
      .slice(0, 6)
      .map(({ url, bytes }) => `${url.split('/').at(-1)} ${(bytes / 1000).toFixed(1)}`);
    expect(sizes.filter(({ bytes, encoding }) => bytes > 2_000 && encoding !== 'br')).toEqual([]);
    const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
    expect(total, `kB in all; the largest: ${large.join(', ')}`).toBeLessThan(budget);
  });
});

describe.skipIf(noBrowser)('a long list', () => {
  it('draws one page of rows, and asks once for the names of all of them', async () => {
    const tenant = await newTenant('secure-exchanges');
    for (let set = 0; set < 10; set += 1)
      await tenant.api.submitChangeSet({
        body: {
          operations: Array.from({ length: 30 }, (_, n) => ({
            operation: 'createRole' as const,
            body: { name: `Role ${String(set * 30 + n).padStart(3, '0')}` },
          })),
        },
      });
    const page = await openAs(tenant, tenant, '/me');
    await page.getByRole('heading', { name: 'Me', level: 1 }).waitFor();
    const asked: string[] = [];
    page.on('request', (one) => {
      if (one.url().includes('/v1/')) asked.push(`${one.method()} ${new URL(one.url()).pathname}`);
    });
    await page.getByRole('link', { name: 'Roles', exact: true }).click();
    await page.getByRole('row', { name: /Role 010/ }).waitFor();
    const rows = () => page.getByRole('main').getByRole('row').count();
    expect(await rows()).toBeLessThanOrEqual(51);
    expect(asked.filter((one) => one === 'GET /v1/roles').length).toBeLessThanOrEqual(2);
    expect(asked.length, asked.join('\n')).toBeLessThanOrEqual(8);
    // What is found and turned here asks for nothing.
    asked.length = 0;
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByRole('row', { name: /Role 060/ }).waitFor();
    await page.getByRole('searchbox', { name: /^Find: / }).fill('Role 299');
    await page.getByRole('row', { name: /Role 299/ }).waitFor();
    expect(await rows()).toBe(2);
    expect(asked.filter((one) => one === 'GET /v1/roles')).toEqual([]);
  });
});
