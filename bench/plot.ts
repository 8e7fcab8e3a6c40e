// A bar plot as SVG, for the results of benchmarks. Colours follow the reader's light or dark scheme.

export interface Bar {
  readonly name: string;
  readonly value: number;
}

const [width, row, left, right] = [720, 26, 250, 90];

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** @param limit a value that is marked as the most that there should be */
export const plotOf = (title: string, unit: string, bars: readonly Bar[], limit?: number): string => {
  const most = Math.max(...bars.map(({ value }) => value), limit ?? 0, 1e-9);
  const room = width - left - right;
  const height = 44 + row * bars.length;
  const at = (value: number): number => Math.round((value / most) * room);
  const rows = bars.map(({ name, value }, i) => {
    const y = 36 + i * row;
    return [
      `<text x="${left - 8}" y="${y + 14}" text-anchor="end">${escaped(name)}</text>`,
      `<rect class="bar" x="${left}" y="${y}" width="${Math.max(1, at(value))}" height="${row - 8}"/>`,
      `<text x="${left + at(value) + 6}" y="${y + 14}">${value.toLocaleString('en', { maximumSignificantDigits: 3 })}</text>`,
    ].join('\n');
  });
  const line =
    limit === undefined ? '' : `<line x1="${left + at(limit)}" y1="30" x2="${left + at(limit)}" y2="${height - 6}"/>\n`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<style>text{font:13px sans-serif;fill:#1c2733}.bar{fill:#2f6f9f}line{stroke:#b3452c;stroke-dasharray:4 3}
@media (prefers-color-scheme:dark){text{fill:#dfe6ec}.bar{fill:#7ab3d8}line{stroke:#e08a74}}</style>
<text x="8" y="18" font-weight="bold">${escaped(title)}, ${escaped(unit)}</text>
${rows.join('\n')}
${line}</svg>
`;
};
