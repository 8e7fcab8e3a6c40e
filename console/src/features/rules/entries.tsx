// A list of things with values, as conditions, exceptions and actions are: one line each, edited in a window.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { type ReactNode, useState } from 'react';
import { Empty } from '../../parts/tables.tsx';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { PropertiesDialog, useSummary } from './properties.tsx';
import { ruleTexts } from './texts.ts';
import type { Properties } from './values.ts';

interface Line<Entry> {
  readonly entry: Entry;
  readonly at: number;
  readonly name: string;
}

/** Why something cannot be done to an entry; undefined when it can. */
type Why<Entry> = (entry: Entry) => string | undefined;

export const Entries = <Entry,>({
  title,
  description,
  empty,
  entries,
  nameOf,
  propertiesOf,
  withProperties,
  add,
  notEdit,
  notRemove,
  notMove,
  onChange,
}: {
  title: string;
  description?: ReactNode;
  empty: string;
  entries: readonly Entry[];
  nameOf(entry: Entry, at: number): string;
  propertiesOf(entry: Entry): Properties;
  withProperties(entry: Entry, properties: Properties): Entry;
  add: ReactNode;
  notEdit: Why<Entry>;
  notRemove: Why<Entry>;
  /** Absent where the order means nothing. */
  notMove?: Why<Entry>;
  onChange(entries: readonly Entry[]): void;
}) => {
  const words = useTexts(common);
  const t = useTexts(ruleTexts);
  const summary = useSummary();
  const [opened, setOpened] = useState<Line<Entry>>();
  const lines = entries.map((entry, at): Line<Entry> => ({ entry, at, name: nameOf(entry, at) }));
  const swap = (at: number, to: number) => {
    const moved = [...entries];
    [moved[at], moved[to]] = [moved[to] as Entry, moved[at] as Entry];
    onChange(moved);
  };
  const move = ({ entry, at, name }: Line<Entry>, by: -1 | 1) => {
    const locked = notMove?.(entry);
    const end = at + by < 0 || at + by >= entries.length;
    return (
      <Button
        variant="icon"
        iconName={by < 0 ? 'arrow-up' : 'arrow-down'}
        ariaLabel={by < 0 ? t.moveUp(`${at + 1} ${name}`) : t.moveDown(`${at + 1} ${name}`)}
        disabled={locked !== undefined || end}
        {...(locked !== undefined && { disabledReason: locked })}
        onClick={() => swap(at, at + by)}
      />
    );
  };
  return (
    <>
      <Table<Line<Entry>>
        wrapLines
        items={lines}
        trackBy={({ at }) => String(at)}
        ariaLabels={{ tableLabel: title }}
        empty={<Empty text={empty} />}
        header={
          <Header variant="h2" counter={`(${entries.length})`} description={description} actions={add}>
            {title}
          </Header>
        }
        columnDefinitions={[
          { id: 'place', header: t.place, width: 75, cell: ({ at }) => at + 1 },
          {
            id: 'name',
            header: t.what,
            isRowHeader: true,
            minWidth: 140,
            cell: ({ name, entry }) => (
              <>
                {name}
                <Box variant="small" display="block" color="text-body-secondary">
                  {summary(propertiesOf(entry))}
                </Box>
              </>
            ),
          },
          {
            id: 'do',
            header: words.rowActions,
            width: 170,
            minWidth: 120,
            cell: (line) => {
              const [shut, kept] = [notEdit(line.entry), notRemove(line.entry)];
              const label = `${line.at + 1} ${line.name}`;
              return (
                <SpaceBetween direction="horizontal" size="xxs">
                  <Button
                    variant="icon"
                    iconName={shut === undefined ? 'edit' : 'zoom-in'}
                    ariaLabel={shut === undefined ? t.editOne(label) : t.showOne(label)}
                    onClick={() => setOpened(line)}
                  />
                  {notMove && move(line, -1)}
                  {notMove && move(line, 1)}
                  <Button
                    variant="icon"
                    iconName="remove"
                    ariaLabel={t.removeOne(label)}
                    disabled={kept !== undefined}
                    {...(kept !== undefined && { disabledReason: kept })}
                    onClick={() => onChange(entries.toSpliced(line.at, 1))}
                  />
                </SpaceBetween>
              );
            },
          },
        ]}
      />
      {opened && (
        <PropertiesDialog
          title={opened.name}
          properties={propertiesOf(opened.entry)}
          locked={notEdit(opened.entry)}
          onClose={() => setOpened(undefined)}
          onApply={(properties) => {
            onChange(entries.with(opened.at, withProperties(opened.entry, properties)));
            setOpened(undefined);
          }}
        />
      )}
    </>
  );
};
