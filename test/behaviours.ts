// `npm run behaviours`: each id of docs/behaviours.md with the tests that prove it, or `open`. A test proves an id by
// naming it in its title; the titles are those that the runner collects.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');

interface Behaviour {
  readonly id: string;
  readonly text: string;
}

/** The lines of the specification, in their order. */
export const behaviours = (): Behaviour[] =>
  readFileSync(join(root, 'docs', 'behaviours.md'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, id, text] = /^- \*\*((?:CT|FP|SE)-\d+)\*\* (.*)$/.exec(line) ?? [];
      return id && text ? [{ id, text }] : [];
    });

/** The ids that a title names: `CT-44`, `CT-44..47`. */
export const idsIn = (title: string): string[] =>
  [...title.matchAll(/\b(CT|FP|SE)-(\d+)(?:\.\.(?:\1-)?(\d+))?/g)].flatMap(([, seed, from, to]) => {
    const first = Number(from);
    const last = Number(to ?? from);
    const width = Math.max(2, String(from).length);
    return Array.from(
      { length: Math.max(0, last - first) + 1 },
      (_, i) => `${seed}-${String(first + i).padStart(width, '0')}`,
    );
  });

interface Listed {
  readonly name: string;
  readonly file: string;
}

/** Every test that the runner finds. */
const collected = (): Listed[] => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-behaviours-'));
  try {
    const file = join(folder, 'tests.json');
    execFileSync('npx', ['vitest', 'list', '--no-static-parse', `--json=${file}`], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return JSON.parse(readFileSync(file, 'utf8')) as Listed[];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

if (process.argv[1] === import.meta.filename) {
  const proofs = new Map<string, Set<string>>();
  for (const { name, file } of collected())
    for (const id of idsIn(name)) proofs.set(id, (proofs.get(id) ?? new Set()).add(relative(root, file)));
  const all = behaviours();
  for (const { id, text } of all) {
    const files = [...(proofs.get(id) ?? [])];
    process.stdout.write(`${id.padEnd(7)} ${files.length > 0 ? files.join(', ') : `open: ${text}`}\n`);
  }
  const open = all.filter(({ id }) => !proofs.has(id)).length;
  process.stdout.write(`\n${all.length} behaviours, ${all.length - open} proven, ${open} open\n`);
}
