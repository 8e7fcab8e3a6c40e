// docs/audit.md as an auditor pastes it: every block in one shell, in order, against an export of a running instance.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { findingCodes } from '../../clients/audit/verify/findings.ts';
import { root } from '../../infra/bundle/bundle.ts';
import { demoSubject, type Instance, scopes, startInstance } from '../../infra/local/instance.ts';
import { longSuite } from '../support/patience.ts';
import { blocksOf, pasted } from './pasted.ts';

vi.setConfig(longSuite);

const page = await readFile(join(root, 'docs/audit.md'), 'utf8');
const blocks = await blocksOf('docs/audit.md');

let folder: string;
let instance: Instance;
let outputs: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-audit-'));
  const exports = join(folder, 'exported');
  instance = await startInstance({
    folder: join(folder, 'data'),
    port: 0,
    demo: true,
    audit: { folder: exports, every: 100, margin: 1 },
  });
  const [first] = instance.tenants;
  const token = await instance.issuer.token({ subject: demoSubject, scope: scopes.person, tenant: first?.id ?? '' });
  outputs = await pasted(blocks, {
    first: "trap 'rm -rf $COPY $KEPT' EXIT",
    env: { URL: instance.url, TOKEN: token, EXPORT: exports, TMPDIR: folder },
  });
});
afterAll(async () => {
  await instance?.close();
  await rm(folder, { recursive: true, force: true });
});

it('runs to its end without a refusal', () => {
  expect(outputs).toHaveLength(blocks.length);
  expect(outputs.join('')).not.toMatch(/"status":4\d\d|SyntaxError|curl: \(|undefined|command not found|No such file/);
});

it('finds the export whole, also against the checkpoint that was kept', () => {
  const whole = outputs.filter((output) => / nothing is wrong\./.test(output));
  expect(whole).toHaveLength(2);
  expect(whole[0]).toMatch(/unchecked {2}Whether later events were cut off/);
  expect(whole[1]).not.toMatch(/Whether later events were cut off/);
});

it('finds the tampered copy at its line, as the page shows it', () => {
  const tampered = outputs.find((output) => output.includes('exit code')) ?? '';
  const shown = /^```\n(tenant=.*?)^```$/ms.exec(page)?.[1] ?? '';
  // Ids, numbers, times and paths are others each time.
  const general = (text: string): string[] =>
    text
      .replace(/tenant=[^:\s]+/g, 'FILE')
      .replace(/Tenant \w+/, 'Tenant T')
      .replace(/in \S*tmp\.\w+/g, 'in KEPT')
      .replace(/\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?/g, 'TIME')
      // The tenant's first event may have been exported before the others, or with them.
      .replace(', of TIME', '')
      .replace(/(?<!:)\b\d+ (?=(lines|files|events?|findings)\b)/g, 'N ')
      .replace(/(?<=sequence |expected |found {4}|says )\d+/g, 'N')
      .trimEnd()
      .split('\n');
  expect(general(tampered)).toEqual(general(shown));
});

it('finds events', () => {
  expect(outputs.at(-2)).toMatch(/^at +sequence +action[^\n]*\n\S+Z +\d+ +role\./);
});

it('reports who manages access rights, and whether the files were verified', () => {
  expect(outputs.at(-1)).toMatch(
    /^u\w{20}, active person: permission manageAccessRights \(account\), by own grants, since /,
  );
  expect(outputs.at(-1)).toContain('The files were verified up to sequence');
  expect(outputs.at(-1)).not.toContain('Gap:');
});

it('explains every kind of finding', () => {
  const rows = page.slice(page.indexOf('| finding |'));
  const explained = [...rows.matchAll(/`([a-z-]+)`(?=[^|]*\|)/g)].map(([, code]) => code);
  expect(Object.keys(findingCodes).filter((code) => !explained.includes(code))).toEqual([]);
});
