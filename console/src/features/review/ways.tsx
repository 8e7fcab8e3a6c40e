// The ways that grant a right, drawn from the user on the left to what is needed on the right. The list beside it says
// the same in words.
import type { AnswerOf } from '../../../../clients/typescript/index.ts';
import { useTitles } from '../../catalogue/catalogue.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { placed } from './layers.ts';
import { useShownNames } from './names.ts';
import { reviewTexts } from './texts.ts';

type Graph = AnswerOf<'explain'>['graph'];

const wide = 152;
const high = 36;
const gapX = 36;
const gapY = 18;
const most = 60;

const short = (text: string): string => (text.length > 21 ? `${text.slice(0, 20)}…` : text);

export const Ways = ({ graph }: { graph: Graph }) => {
  const t = useTexts(reviewTexts);
  const words = useTexts(common);
  const titleOf = useTitles();
  const nodes = graph.nodes.slice(0, most);
  const names = useShownNames(nodes.filter(({ type }) => type !== 'bit').map(({ id }) => id));
  const places = new Map(placed(nodes, graph.edges).map((one) => [one.id, one]));
  const columns = 1 + Math.max(0, ...[...places.values()].map(({ column }) => column));
  const rows = 1 + Math.max(0, ...[...places.values()].map(({ row }) => row));
  const x = (id: string) => places.get(id)!.column * (wide + gapX);
  const y = (id: string) => places.get(id)!.row * (high + gapY);
  const nameOf = ({ id, name, permissions, right }: Graph['nodes'][number]): string =>
    permissions?.map(titleOf).join(', ') ??
    (right === undefined ? undefined : t.rights[right as 'view']) ??
    name ??
    names.get(id) ??
    id;
  const width = columns * (wide + gapX) - gapX;
  const height = rows * (high + gapY) - gapY;
  return (
    <div className="ways" role="img" aria-label={t.picture}>
      <svg viewBox={`-2 -2 ${width + 4} ${height + 4}`} width={width} height={height} aria-hidden="true">
        {graph.edges
          .filter(({ from, to }) => places.has(from) && places.has(to))
          .map(({ from, to, kind }) => (
            <path
              key={from + to + kind}
              d={`M${x(from) + wide} ${y(from) + high / 2} C${x(from) + wide + gapX / 2} ${y(from) + high / 2} ${x(to) - gapX / 2} ${y(to) + high / 2} ${x(to)} ${y(to) + high / 2}`}
            />
          ))}
        {nodes.map((node) => (
          <g key={node.id} className={node.type}>
            <title>{`${node.type === 'bit' ? t.right : words.kinds[node.type]}${words.colon}${nameOf(node)}`}</title>
            <rect x={x(node.id)} y={y(node.id)} width={wide} height={high} rx="6" />
            <text x={x(node.id) + wide / 2} y={y(node.id) + high / 2 + 4}>
              {short(nameOf(node))}
            </text>
          </g>
        ))}
      </svg>
      {(graph.more || graph.nodes.length > most) && <p>{t.pictureMore}</p>}
    </div>
  );
};
