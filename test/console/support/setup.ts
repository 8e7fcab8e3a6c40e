// One instance and one browser for all suites of the console. Each suite has tenants of its own.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { chromiumFlags, chromiumPath } from '../../../infra/console/browser.ts';
import { builtConsole } from '../../../infra/console/built.ts';
import { startInstance } from '../../../infra/local/instance.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Absent on a machine without a browser. */
    console: { readonly url: string; readonly folder: string; readonly browser: string } | undefined;
  }
}

export default async ({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> => {
  if (!existsSync(chromiumPath)) {
    process.stdout.write(`There is no ${chromiumPath}: the tests of the console are skipped.\n`);
    provide('console', undefined);
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-console-'));
  const instance = await startInstance({ port: 0, demo: true, folder, console: builtConsole() });
  const browser = await chromium.launchServer({ executablePath: chromiumPath, args: chromiumFlags });
  provide('console', { url: instance.url, folder, browser: browser.wsEndpoint() });
  return async () => {
    await browser.close();
    await instance.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
};
