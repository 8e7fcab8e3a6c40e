// The two tables of the console: one that has all its items and sorts, finds and turns pages here; and one that is read
// page by page.
import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import type { ReactNode } from 'react';
import type { Pages } from '../api/reads.ts';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { Failure } from './failure.tsx';

const rows = 50;
/** Below this width, in pixels, words would be broken: on a telephone a table is rather moved sideways. */
const narrowest = 110;
/** The least width of a column of states, whose icon and words would be broken apart. */
export const withIcon = 150;

interface Shared<Item> {
  readonly title: string;
  readonly description?: ReactNode;
  readonly headingVariant?: 'h1' | 'h2' | 'h3' | undefined;
  readonly columns: readonly TableProps.ColumnDefinition<Item>[];
  /** By what an item is told from others: its `id`, unless said otherwise. */
  readonly trackBy?: (item: Item) => string;
  readonly nameOf?: (item: Item) => string;
  readonly actions?: ReactNode;
  readonly error?: Error | null | undefined;
  readonly loading: boolean;
  /** What stands in the place of an empty list: says why, and what to do. */
  readonly empty: ReactNode;
  readonly selection?: 'single' | 'multi' | undefined;
  readonly selected?: readonly Item[];
  readonly onSelect?: (items: readonly Item[]) => void;
  readonly variant?: TableProps.Variant;
  readonly footer?: ReactNode;
}

const idOf = (item: unknown): string => String((item as { id: string }).id);
const nameIn = (item: unknown): string => String((item as { name?: string }).name ?? idOf(item));

/** What an empty table shows: a sentence, and perhaps a button. */
export const Empty = ({ text, action }: { text: string; action?: ReactNode }) => (
  <Box textAlign="center" color="inherit" margin={{ vertical: 'xs' }}>
    <SpaceBetween size="m">
      <Box variant="p" color="inherit">
        {text}
      </Box>
      {action}
    </SpaceBetween>
  </Box>
);

const useShared = <Item,>({ title, nameOf = nameIn, selection, trackBy = idOf, ...rest }: Shared<Item>) => {
  const t = useTexts(common);
  return {
    trackBy,
    wrapLines: true,
    variant: rest.variant ?? 'container',
    columnDefinitions: rest.columns.map((column) => ({ minWidth: narrowest, ...column })),
    loadingText: t.loading,
    ...(selection && { selectionType: selection }),
    ariaLabels: {
      tableLabel: title,
      selectionGroupLabel: title,
      allItemsSelectionLabel: () => t.selectAll,
      itemSelectionLabel: (_: unknown, item: Item) => t.select(nameOf(item)),
    },
    ...(rest.selected && { selectedItems: [...rest.selected] }),
    onSelectionChange: ({ detail }: { detail: { selectedItems: Item[] } }) => rest.onSelect?.(detail.selectedItems),
    footer: rest.footer,
  };
};

const usePager = () => {
  const t = useTexts(common);
  return { ariaLabels: { nextPageLabel: t.next, previousPageLabel: t.previous, pageLabel: t.page } };
};

/** A table with all its items. `textOf` says what of an item the filter looks at; without it there is no filter. */
export const ListTable = <Item,>(
  props: Shared<Item> & {
    readonly items: readonly Item[];
    readonly textOf?: (item: Item) => string;
    readonly sortBy?: string;
    readonly pageSize?: number;
  },
) => {
  const t = useTexts(common);
  const pager = usePager();
  const shared = useShared(props);
  const { title, items: given, textOf, columns, headingVariant = 'h1', pageSize = rows } = props;
  const sortingColumn = columns.find(({ id }) => id === props.sortBy);
  const { items, collectionProps, filterProps, paginationProps, filteredItemsCount, actions } = useCollection(given, {
    filtering: {
      filteringFunction: (item, text) =>
        textOf === undefined || text === '' || textOf(item).toLocaleLowerCase().includes(text.toLocaleLowerCase()),
      empty: props.empty,
      noMatch: (
        <Empty text={t.noMatch} action={<Button onClick={() => actions.setFiltering('')}>{t.clearFilter}</Button>} />
      ),
    },
    pagination: { pageSize },
    sorting: sortingColumn ? { defaultState: { sortingColumn: sortingColumn as never } } : {},
  });
  const { selectedItems: _, onSelectionChange: __, trackBy: ___, ...collected } = collectionProps;
  const counted = filterProps.filteringText ? `(${filteredItemsCount}/${given.length})` : `(${given.length})`;
  return (
    <Table<Item>
      {...collected}
      {...shared}
      items={[...items]}
      loading={props.loading}
      header={
        <Header
          variant={headingVariant}
          counter={props.loading ? '' : counted}
          description={props.description}
          actions={props.actions}
        >
          {title}
        </Header>
      }
      filter={
        props.error ? (
          <Failure error={props.error} />
        ) : (
          textOf && (
            <TextFilter
              {...filterProps}
              filteringAriaLabel={t.find + t.colon + title}
              filteringPlaceholder={t.find}
              filteringClearAriaLabel={t.clearFilter}
            />
          )
        )
      }
      pagination={given.length > pageSize && <Pagination {...paginationProps} {...pager} />}
    />
  );
};

/** A table that is read page by page. Filters that the service applies go into `filter`. */
export const PagedTable = <Item,>(
  props: Omit<Shared<Item>, 'loading' | 'error'> & {
    readonly pages: Pages<Item, unknown>;
    readonly filter?: ReactNode;
    /** How many there are in all, where that is known. */
    readonly total?: number | undefined;
  },
) => {
  const pager = usePager();
  const { pages, title, headingVariant = 'h1', total } = props;
  const shared = useShared({ ...props, loading: pages.loading });
  return (
    <Table<Item>
      {...shared}
      items={[...pages.items]}
      loading={pages.loading && pages.items.length === 0}
      empty={props.empty}
      header={
        <Header
          variant={headingVariant}
          counter={total === undefined ? '' : `(${total})`}
          description={props.description}
          actions={props.actions}
        >
          {title}
        </Header>
      }
      filter={
        // A filter that is refused must stay, so that it can be mended.
        (props.filter || pages.error) && (
          <SpaceBetween size="s">
            {props.filter}
            {pages.error && <Failure error={pages.error} />}
          </SpaceBetween>
        )
      }
      pagination={
        (pages.known > 1 || pages.openEnd) && (
          <Pagination
            {...pager}
            currentPageIndex={pages.page}
            pagesCount={pages.known}
            openEnd={pages.openEnd}
            onChange={({ detail }) => pages.go(detail.currentPageIndex)}
          />
        )
      }
    />
  );
};
