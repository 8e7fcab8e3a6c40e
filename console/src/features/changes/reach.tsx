// The reach of a change as a picture: for each permission, how many users lose it (to the left) and gain it (to the
// right). The same numbers stand beside it as text.
import { useTitles } from '../../catalogue/catalogue.ts';
import type { Preview } from '../../changes/changes.tsx';
import { useTexts } from '../../texts/texts.ts';
import { reachOf } from './counted.ts';
import { changesTexts } from './texts.ts';

const half = 150;
const line = 26;

export const Reach = ({ effect }: { effect: Preview['effect'] }) => {
  const t = useTexts(changesTexts);
  const titleOf = useTitles();
  const rows = reachOf(effect.users);
  const most = Math.max(1, ...rows.flatMap(({ gain, lose }) => [gain, lose]));
  const wide = (n: number) => (n * half) / most;
  return (
    <figure className="reach">
      <figcaption>{t.reachText}</figcaption>
      <ul>
        {rows.map(({ permission, gain, lose }) => (
          <li key={permission}>
            <span>{titleOf(permission)}</span>
            <svg viewBox={`0 0 ${2 * half} ${line}`} width={2 * half} height={line} aria-hidden="true">
              <rect className="lose" x={half - wide(lose)} y="4" width={wide(lose)} height={line - 8} />
              <rect className="gain" x={half} y="4" width={wide(gain)} height={line - 8} />
              <line x1={half} x2={half} y1="0" y2={line} />
            </svg>
            <span>{[lose > 0 && t.lose(lose), gain > 0 && t.gain(gain)].filter(Boolean).join(', ')}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
};
