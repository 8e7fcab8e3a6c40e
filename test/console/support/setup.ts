// One instance and one browser for all suites of the console. Each suite has tenants of its own.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { builtConsole } from '../../../infra/console/built.ts';
import { startInstance } from '../../../infra/local/instance.ts';

/** Debian's chromium, as `.ci/run` installs it. */
const executablePath = '/usr/bin/chromium';

/** Without these the browser asks for things on the net that no test needs. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

declare module 'vitest' {
  interface ProvidedContext {
    /** Absent on a machine without a browser. */
    console: { readonly url: string; readonly folder: string; readonly browser: string } | undefined;
  }
}

export default async ({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> => {
  if (!existsSync(executablePath)) {
    process.stdout.write(`There is no ${executablePath}: the tests of the console are skipped.\n`);
    provide('console', undefined);
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-console-'));
  const instance = await startInstance({ port: 0, demo: true, folder, console: builtConsole() });
  const browser = await chromium.launchServer({ executablePath, args });
  provide('console', { url: instance.url, folder, browser: browser.wsEndpoint() });
  return async () => {
    await browser.close();
    await instance.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
};
