// The page on which the API is read and tried: what is served, and what a browser makes of it where there is one.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LocalServer } from '../../infra/local/adapter.ts';
import { operation, operationIds } from '../../shared/routes/operations.ts';
import { boot, type Harness } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { startServer } from '../support/server.ts';

vi.setConfig(longSuite);

const run = promisify(execFile);
let closeEngine: () => Promise<void>;
let harness: Harness;
let server: LocalServer;
beforeAll(async () => {
  const booted = await boot();
  closeEngine = booted.engine.close;
  harness = booted.harness;
  server = await startServer();
});
afterAll(async () => {
  await server.close();
  await closeEngine();
});

describe('what is served', () => {
  it('is the document that is committed, without a token', async () => {
    const { body, headers } = await harness.ok('getOpenApi');
    expect(headers['content-type']).toBe('application/json');
    expect(Object.keys(body.paths)).toEqual([...new Set(operationIds.map((id) => operation(id).path))]);
  });

  it('is a page that lets in nothing from elsewhere', async () => {
    const { body, headers } = await harness.ok('getDocs');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(/^default-src 'self';/);
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(body).not.toMatch(/<script(?! src="docs\/)|\son\w+=|style=|https?:/);
  });

  it('is every file that the page names, and no other', async () => {
    const { body } = await harness.ok('getDocs');
    const named = [...body.matchAll(/(?:src|href)="docs\/([^"]+)"/g)].map(([, name]) => name as string);
    expect(named).toHaveLength(3);
    for (const asset of named) {
      const { headers, body: text } = await harness.ok('getDocsAsset', { params: { asset } });
      expect(headers['content-type']).toMatch(asset.endsWith('.css') ? /^text\/css/ : /^text\/javascript/);
      expect(text.length).toBeGreaterThan(100);
    }
    for (const asset of ['openapi.json', '../package.json', 'swagger-ui.css.map', '__proto__', '']) {
      const { status } = await harness.call('getDocsAsset', { params: { asset } });
      expect(status, asset).toBe(404);
    }
  });
});

const chromium = '/usr/bin/chromium';
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];

describe.skipIf(!existsSync(chromium))('in a browser', () => {
  const open = async (url: string) => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-browser-'));
    const quiet = ['--disable-background-networking', '--disable-component-update', `--user-data-dir=${folder}`];
    const told = ['--enable-logging=stderr', '--virtual-time-budget=3000', '--dump-dom', url];
    try {
      const { stdout, stderr } = await run(chromium, [...flags, ...quiet, ...told], {
        maxBuffer: 2 ** 26,
        timeout: 50_000,
      });
      return { dom: stdout, console: stderr.split('\n').filter((line) => line.includes(':CONSOLE')) };
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  };

  it('shows every operation, and the browser has nothing to complain of', async () => {
    const { dom, console } = await open(`${server.url}/v1/docs`);
    expect(console).toEqual([]);
    for (const id of operationIds) expect(dom, id).toContain(`operations-${operation(id).area}-${id}`);
  });

  it('would be heard if it did complain', async () => {
    const { console } = await open(
      "data:text/html,<meta http-equiv='Content-Security-Policy' content=\"default-src 'self'\"><script>1</script>",
    );
    expect(console.join()).toMatch(/violates the following Content Security Policy/);
  });
});
