// Decision records have one format and a number of their own, and the index lists all of them.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../docs/decisions/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8');
const files = readdirSync(folder)
  .filter((file) => file !== 'README.md')
  .sort();
const numberOf = (file: string): string => file.slice(0, 4);
const numbers = files.map(numberOf);

test('every record has a number of its own, without gaps', () => {
  expect(numbers).toEqual(numbers.map((_, at) => String(at + 1).padStart(4, '0')));
});

/** Title, status, date and what changed it, then the four headings in order. */
const format =
  /^# (?<title>\d{4} \S.*)\n\nStatus: (?<status>accepted|superseded by \d{4})\nDate: \d{4}-\d\d-\d\d\n(?:Changed by: (?<changes>.+)\n)?\n(?<body>## [\s\S]+)$/;
const headings = ['## Context', '## Decision', '## Consequences', '## Rejected'];

const parsed = (file: string) => format.exec(read(file))?.groups;

test.each(files)('%s has the format of a record', (file) => {
  const record = parsed(file);
  if (!record) throw new Error('no title, status or date');
  expect(record.title?.slice(0, 4)).toBe(numberOf(file));
  const body = record.body ?? '';
  expect(body.match(/^## .*$/gm)).toEqual(headings);
  for (const section of body.split(/^## .*$/m).slice(1)) expect(section.trim()).not.toBe('');
});

test.each(files)('%s names only records that exist, and only later ones as its changes', (file) => {
  for (const [, number] of read(file).matchAll(/\b(00\d\d)\b/g)) expect(numbers).toContain(number);
  const record = parsed(file);
  for (const [number] of `${record?.status} ${record?.changes ?? ''}`.matchAll(/\b00\d\d\b/g))
    expect(number > numberOf(file)).toBe(true);
});

test('the index lists every record with its title and status, in order', () => {
  const rows = [
    ...read('README.md').matchAll(/^\| \[(?<title>.+)\]\((?<file>.+)\) \| (?<line>.+) \| (?<status>.+) \|$/gm),
  ];
  expect(rows.map(({ groups }) => [groups?.file, groups?.title, groups?.status])).toEqual(
    files.map((file) => [file, parsed(file)?.title, parsed(file)?.status]),
  );
});
