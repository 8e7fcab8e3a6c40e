// `npm run pictures`: draws docs/pictures/*.txt as SVG files beside them. A test compares the files. The text has one
// element per line, after the title as a comment: `box NAME X Y "Title" "second line"` in cells of a grid, `arrow FROM
// -> TO "what passes"`, `frame X Y W H "Title"`.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { utf8 } from '../shared/text/text.ts';
import { escaped } from './markup.ts';

const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url));

/** Sizes in pixels, of a cell of the grid and of the box within it. */
const cell = { width: 290, height: 120 };
const box = { width: 180, height: 62 };
const margin = 16;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly lines: readonly string[];
}

const quoted = (text: string): string[] => [...text.matchAll(/"([^"]*)"/g)].map(([, inner]) => inner as string);

const text = (x: number, y: number, what: string, kind: string): string =>
  `<text x="${x}" y="${y}" class="${kind}">${escaped(what)}</text>`;

const style = `
  text { font: 14px system-ui, sans-serif; text-anchor: middle; fill: #1b1f24 }
  .title { font-weight: 600 } .small, .label { font-size: 12px; fill: #57606a } .frame-title { font-size: 12px; fill: #57606a; text-anchor: start }
  rect { fill: #fff; stroke: #57606a } rect.frame { fill: #f6f8fa; stroke: #d0d7de } path { stroke: #57606a; fill: none } marker path { fill: #57606a; stroke: none }
  rect.under { fill: #fff; stroke: none; opacity: .85 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small, .label, .frame-title { fill: #9198a1 }
    rect { fill: #161b22; stroke: #9198a1 } rect.frame { fill: #0d1117; stroke: #3d444d } path { stroke: #9198a1 } marker path { fill: #9198a1 } rect.under { fill: #0d1117 }
  }`;

/** The point where the line from one box's centre to another's leaves the first box. */
const edge = (from: Box, to: Box): [number, number] => {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const scale = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : box.width / 2 / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : box.height / 2 / Math.abs(dy),
  );
  return [Math.round(from.x + dx * scale), Math.round(from.y + dy * scale)];
};

/** A picture as SVG. @throws Error that names the line that cannot be read */
export const drawn = (source: string): string => {
  const boxes = new Map<string, Box>();
  const [frames, arrows, labels]: [string[], string[], string[]] = [[], [], []];
  let [width, height] = [0, 0];
  for (const [n, line] of source.split('\n').entries()) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (!word || word.startsWith('#')) continue;
    const said = quoted(line);
    if (word === 'box' || word === 'frame') {
      const at = word === 'box' ? 1 : 0;
      const [x = 0, y = 0, w = 1, h = 1] = rest.slice(at).map(Number);
      const columns = word === 'box' ? 1 : w;
      const rows = word === 'box' ? 1 : h;
      width = Math.max(width, (x + columns) * cell.width);
      height = Math.max(height, (y + rows) * cell.height);
      const left = margin + x * cell.width;
      const top = margin + y * cell.height;
      if (word === 'frame') {
        frames.push(
          `<rect class="frame" x="${left}" y="${top}" width="${w * cell.width}" height="${h * cell.height}" rx="10"/>`,
          text(left + 12, top + h * cell.height - 9, said[0] ?? '', 'frame-title'),
        );
      } else boxes.set(rest[0] ?? '', { x: left + cell.width / 2, y: top + cell.height / 2, lines: said });
    } else if (word === 'arrow') {
      const [from, to] = [boxes.get(rest[0] ?? ''), boxes.get(rest[2] ?? '')];
      if (!from || !to) throw new Error(`line ${n + 1}: an arrow must join two boxes, both named on lines above it`);
      const [[x1, y1], [x2, y2]] = [edge(from, to), edge(to, from)];
      arrows.push(`<path d="M${x1} ${y1}L${x2} ${y2}" marker-end="url(#end)"/>`);
      const label = said[0] ?? '';
      const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2 - (y1 === y2 ? 11 : 0)];
      const wide = label.length * 6.3 + 8;
      if (label)
        labels.push(
          `<rect class="under" x="${x - wide / 2}" y="${y - 10}" width="${wide}" height="18"/>`,
          text(x, y + 4, label, 'label'),
        );
    } else throw new Error(`line ${n + 1}: "${word}" is not box, frame or arrow`);
  }
  const drawnBoxes = [...boxes.values()].flatMap(({ x, y, lines: [title = '', ...more] }) => [
    `<rect x="${x - box.width / 2}" y="${y - box.height / 2}" width="${box.width}" height="${box.height}" rx="8"/>`,
    text(x, y + 5 - more.length * 8, title, 'title'),
    ...more.map((line, i) => text(x, y + 14 + i * 15 - (more.length - 1) * 4, line, 'small')),
  ]);
  const [, title = ''] = /^# (.*)$/m.exec(source) ?? [];
  const size = `${width + 2 * margin} ${height + 2 * margin}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}" role="img">
<title>${escaped(title)}</title>
<style>${style}
</style>
<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0L8 4L0 8Z"/></marker></defs>
${[...frames, ...arrows, ...labels, ...drawnBoxes].join('\n')}
</svg>
`;
};

/** Every picture of the repository, with its file and its SVG. */
export const pictures = async (): Promise<{ readonly file: string; readonly text: string }[]> => {
  const sources = (await readdir(folder)).filter((name) => name.endsWith('.txt')).sort();
  return Promise.all(
    sources.map(async (name) => ({
      file: join(folder, name.replace(/\.txt$/, '.svg')),
      text: drawn(utf8(await readFile(join(folder, name)))),
    })),
  );
};

if (process.argv[1] === import.meta.filename)
  for (const { file, text: svg } of await pictures()) await writeFile(file, svg);
