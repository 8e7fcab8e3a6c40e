// Events of the last days as bars: what was done, and above it what was refused.
import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useTexts } from '../../texts/texts.ts';
import { byDay, daysOf } from './days.ts';
import { useFilters } from './filters.tsx';
import { auditTexts } from './texts.ts';

/** Days that are shown when the filters name none, and the most that one request counts. */
const usual = 30;
const most = 366;
const wide = 600;
const high = 60;

const Bars = () => {
  const t = useTexts(auditTexts);
  const { given, set } = useFilters();
  const { action, outcome } = given;
  const shown = daysOf(given, new Date(), usual, most);
  const [first = '', last = first] = [shown[0], shown.at(-1)];
  const counts = useQuery({
    queryKey: ['countEvents', first, last, action, outcome],
    enabled: shown.length > 0,
    queryFn: async ({ signal }) => {
      const query = { from: first, to: last, action, outcome } as never;
      const items = [];
      for await (const item of api.items('countEvents', { query, signal })) items.push(item);
      return byDay(shown, items);
    },
  });
  const rows = counts.data ?? byDay(shown, []);
  const tallest = Math.max(1, ...rows.map(({ done, refused }) => done + refused));
  const step = wide / Math.max(1, rows.length);
  const tall = (n: number) => (n * high) / tallest;
  return (
    <>
      <Box color="text-body-secondary">{t.chartText(first, last)}</Box>
      <div className="chart">
        <svg viewBox={`0 0 ${wide} ${high + 2}`} role="img" aria-label={t.chart}>
          {rows.map(({ day, done, refused }, at) => (
            <g key={day}>
              <title>{t.onDay(day, done, refused)}</title>
              <rect
                className="done"
                x={at * step + step / 10}
                width={step * 0.8}
                y={high - tall(done)}
                height={tall(done)}
              />
              <rect
                className="refused"
                x={at * step + step / 10}
                width={step * 0.8}
                y={high - tall(done) - tall(refused)}
                height={tall(refused)}
              />
              <rect className="none" x={at * step + step / 10} width={step * 0.8} y={high} height="1" />
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
    </>
  );
};

/** Folded, so that the events are in sight; it is counted only when it is opened. */
export const Chart = () => {
  const t = useTexts(auditTexts);
  const { actor, target, correlation } = useFilters().given;
  const [open, setOpen] = useState(false);
  return (
    <ExpandableSection
      variant="container"
      headerText={t.chart}
      headingTagOverride="h2"
      expanded={open}
      onChange={({ detail }) => setOpen(detail.expanded)}
    >
      {open && (actor || target || correlation ? <Box>{t.notCounted}</Box> : <Bars />)}
    </ExpandableSection>
  );
};
