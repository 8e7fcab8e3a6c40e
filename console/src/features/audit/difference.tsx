// What an event changed: before and after side by side, with names for the ids that may be seen.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { hasName } from '../../api/ids.ts';
import { Name } from '../../api/names.tsx';
import { useTitles } from '../../catalogue/catalogue.ts';
import { useChanges } from '../../changes/changes.tsx';
import { common } from '../../texts/common.ts';
import { fieldTexts } from '../../texts/fields.ts';
import { useTexts } from '../../texts/texts.ts';
import { auditTexts } from './texts.ts';
import type { AuditEvent } from './who.tsx';

/** What a program needs to tell the lives of a user apart. */
const internal: readonly string[] = ['revs'];

const Value = ({ value }: { value: unknown }) => {
  const words = useTexts(common);
  const { fields, values } = useTexts(fieldTexts);
  const titleOf = useTitles();
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'string') return hasName(value) ? <Name id={value} /> : (values[value] ?? titleOf(value));
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).filter(([name]) => !internal.includes(name));
  if (entries.length === 0) return '–';
  const isList = Array.isArray(value);
  return (
    <ul>
      {entries.map(([name, one]) => (
        <li key={name}>
          {!isList && (fields[name] ?? name) + words.colon}
          <Value value={one} />
        </li>
      ))}
    </ul>
  );
};

export const Difference = ({ event }: { event: AuditEvent }) => {
  const t = useTexts(auditTexts);
  const { refused } = useChanges();
  const [whole, setWhole] = useState<{ before?: unknown; after?: unknown }>();
  const { before, after } = whole ?? event;
  const readAll = async () => {
    try {
      const parts: string[] = [];
      for await (const part of api.items('getEventDifference', { params: { eventId: event.id } })) parts.push(part);
      setWhole(JSON.parse(parts.join('')) as typeof whole & object);
    } catch (error) {
      refused(error);
    }
  };
  if (event.more && !whole) return <Button onClick={() => void readAll()}>{t.readAll}</Button>;
  if (before === undefined && after === undefined) return <Box>{t.noDifference}</Box>;
  return (
    <ColumnLayout columns={2} variant="text-grid">
      <div>
        <Box variant="awsui-key-label">{t.before}</Box>
        <Value value={before} />
      </div>
      <div>
        <Box variant="awsui-key-label">{t.after}</Box>
        <Value value={after} />
      </div>
    </ColumnLayout>
  );
};
