// Events of the last days as bars: what was done, and above it what was refused.
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { useTexts } from '../../texts/texts.ts';
import { byDay, lastDays } from './days.ts';
import { useFilters } from './filters.tsx';
import { auditTexts } from './texts.ts';

const days = 30;
const wide = 20;
const high = 90;

export const Chart = () => {
  const t = useTexts(auditTexts);
  const { given, set } = useFilters();
  const { action, outcome } = given;
  const shown = lastDays(days, new Date());
  const counts = useQuery({
    queryKey: ['countEvents', shown[0], action, outcome],
    queryFn: async ({ signal }) => {
      const query = { from: shown[0] as string, to: shown[days - 1] as string, action, outcome } as never;
      const items = [];
      for await (const item of api.items('countEvents', { query, signal })) items.push(item);
      return byDay(shown, items);
    },
  });
  const rows = counts.data ?? byDay(shown, []);
  const most = Math.max(1, ...rows.map(({ done, refused }) => done + refused));
  const tall = (n: number) => (n * high) / most;
  return (
    <Container
      header={
        <Header variant="h2" description={t.chartText}>
          {t.chart}
        </Header>
      }
    >
      <div className="chart">
        <svg viewBox={`0 0 ${days * wide} ${high + 2}`} role="img" aria-label={t.chart}>
          {rows.map(({ day, done, refused }, at) => (
            <g key={day}>
              <title>{t.onDay(day, done, refused)}</title>
              <rect className="done" x={at * wide + 2} width={wide - 4} y={high - tall(done)} height={tall(done)} />
              <rect
                className="refused"
                x={at * wide + 2}
                width={wide - 4}
                y={high - tall(done) - tall(refused)}
                height={tall(refused)}
              />
              <rect className="none" x={at * wide + 2} width={wide - 4} y={high} height="1" />
            </g>
          ))}
        </svg>
      </div>
      <ExpandableSection headerText={t.asTable}>
        <table className="numbers">
          <thead>
            <tr>
              <th scope="col">{t.day}</th>
              <th scope="col">{t.outcomes.done}</th>
              <th scope="col">{t.outcomes.refused}</th>
            </tr>
          </thead>
          <tbody>
            {rows
              .filter(({ done, refused }) => done + refused > 0)
              .map(({ day, done, refused }) => (
                <tr key={day}>
                  <th scope="row">
                    <button
                      type="button"
                      className="plain"
                      onClick={() => {
                        set('from', day);
                        set('to', day);
                      }}
                    >
                      {day}
                    </button>
                  </th>
                  <td>{done}</td>
                  <td>{refused}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </ExpandableSection>
    </Container>
  );
};
