// The page of measurements: each benchmark renews its own section and plots, and leaves those of the others.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { utf8 } from '../shared/text/text.ts';

const docs = new URL('../docs/', import.meta.url);
const page = new URL('performance.md', docs);
const title = '# Performance\n\nWhat is measured on one machine. Each benchmark writes its own section.\n';

/** A section of the page, with its plots by name. */
export interface Section {
  readonly heading: string;
  readonly text: string;
  readonly plots: readonly (readonly [string, string])[];
}

/** Where and when a benchmark has measured. */
export const measuredOn = (): string => {
  const commit = utf8(execFileSync('git', ['rev-parse', '--short', 'HEAD'])).trim();
  return `Measured on ${cpus()[0]?.model ?? 'an unknown processor'} with Node ${process.versions.node}, at commit ${commit}, against the embedded engine; ${cpus().length} processors under a load of ${(loadavg()[0] ?? 0).toFixed(1)}.`;
};

/** The page with a section in the place of the one with its heading, or at the end. */
export const withSection = (text: string, { heading, text: own, plots }: Section): string => {
  const sections = text.split(/^(?=## )/m);
  const pictures = plots.map(([name]) => `![${name}](pictures/${name}.svg)`).join('\n\n');
  const section = `## ${heading}\n\n${own.trim()}\n\n${pictures}\n`;
  const at = sections.findIndex((one) => one.startsWith(`## ${heading}\n`));
  if (at < 0) sections.push(section);
  else sections[at] = section;
  return sections.map((one) => `${one.trim()}\n`).join('\n');
};

export const writeSection = async (section: Section): Promise<void> => {
  await mkdir(new URL('pictures/', docs), { recursive: true });
  const text = utf8(await readFile(page).catch(() => Buffer.from(title)));
  await writeFile(page, withSection(text, section));
  for (const [name, svg] of section.plots) await writeFile(new URL(`pictures/${name}.svg`, docs), svg);
};
