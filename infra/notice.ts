// `npm run notice`: writes NOTICE, with the licences of everything that is bundled into the functions and the console, or
// served by them. A test compares the file.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '../shared/text/text.ts';
import { bundle, root } from './bundle/bundle.ts';
import { builtConsole } from './console/built.ts';
import { builtRecord } from './console/sources.ts';

/** Packages that are served unchanged, beside the bundled code. */
const served = ['node_modules/swagger-ui-dist'];

const ruler = '-'.repeat(78);

interface Package {
  readonly title: string;
  /** The texts that the licence requires to be kept. */
  readonly texts: readonly string[];
}

const packageAt = (folder: string): Package => {
  const path = join(root, folder);
  const { name, version, license } = JSON.parse(utf8(readFileSync(join(path, 'package.json'))));
  if (typeof license !== 'string')
    throw new Error(`${name} names no licence: find out its licence before it is bundled`);
  const files = readdirSync(path).filter((file) => /^(licen[cs]e|notice)(\.(md|txt))?$/i.test(file));
  const texts = files.sort().map((file) =>
    utf8(readFileSync(join(path, file)))
      .replaceAll('\r\n', '\n')
      .trim(),
  );
  return { title: `${name} ${version} (${license})`, texts };
};

/** The text of NOTICE: every package, and every licence text once, under the packages that it belongs to. */
export const notice = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-notice-'));
  try {
    const { packages } = await bundle(folder);
    await builtConsole();
    const ofConsole = (await builtRecord())?.packages ?? [];
    const folders = [...packages, ...ofConsole, ...served].filter((one) => existsSync(join(root, one, 'package.json')));
    const all = [...new Set(folders)].sort().map(packageAt);
    const titles = all.map(({ title }) => `  ${title}`).join('\n');
    const sections = [...new Set(all.flatMap(({ texts }) => texts))].map((text) => {
      const from = all.filter(({ texts }) => texts.includes(text)).map(({ title }) => title);
      return [ruler, `Of ${from.join(', ')}:`, text].join('\n\n');
    });
    const head = 'Holdfast bundles these packages, or serves them beside its own code. Their licences follow.';
    return `${[head, titles, ...sections].join('\n\n')}\n`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

if (process.argv[1] === import.meta.filename) await writeFile(join(root, 'NOTICE'), await notice());
