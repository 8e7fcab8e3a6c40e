// The list of rules in their order, as far as one may see them (CT-86), and the order's changes (CT-65).
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown, { type ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import LiveRegion from '@cloudscape-design/components/live-region';
import Pagination from '@cloudscape-design/components/pagination';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import { useAll, useRead } from '../../api/reads.ts';
import { useCatalogue, useTitles } from '../../catalogue/catalogue.ts';
import { useChanges } from '../../changes/changes.tsx';
import { isWaiting } from '../../changes/steps.ts';
import { Failure } from '../../parts/failure.tsx';
import { useTitle } from '../../parts/page.tsx';
import { Empty } from '../../parts/tables.tsx';
import { useGo, useLink } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { EnabledState, useCategories } from './general-tab.tsx';
import { MoveDialog, useMoving } from './moving.tsx';
import { OwnerName } from './owner.tsx';
import { useRuleRights } from './rights.ts';
import { ruleTexts } from './texts.ts';
import { type ListedRule, movedTo, type Place, placeAt, withoutCreated, withWaiting } from './waiting.ts';

/** Rules on one page of the list: more of them would hold the page when it turns. */
const rows = 25;

/** The filters stand in the address, so that a list that somebody found can be shared. */
const useFilters = () => {
  const [search, setSearch] = useSearchParams();
  const [text, type, category] = ['find', 'type', 'category'].map((name) => search.get(name) ?? '') as [
    string,
    string,
    string,
  ];
  const set = (change: Partial<Record<'find' | 'type' | 'category', string>>) =>
    setSearch(
      Object.fromEntries(Object.entries({ find: text, type, category, ...change }).filter(([, value]) => value !== '')),
      { replace: true },
    );
  return { text, type, category, set };
};

const has = (value: string, text: string): boolean => value.toLocaleLowerCase().includes(text);

const useMoves = (shown: readonly ListedRule[], whole: boolean) => {
  const t = useTexts(ruleTexts);
  const { save } = useChanges();
  const move = async (rule: ListedRule, place: Place): Promise<void> => {
    const to = movedTo(shown, rule.id, place).findIndex(({ id }) => id === rule.id);
    if (to === shown.findIndex(({ id }) => id === rule.id)) return;
    await save([{ operation: 'moveRule', params: { ruleId: rule.id }, body: place }], {
      done: t.moved(rule.name),
      here: true,
    });
  };
  const by = (rule: ListedRule, step: -1 | 1): Place => {
    const at = shown.findIndex(({ id }) => id === rule.id) + step;
    return placeAt(movedTo(shown, rule.id, { [step < 0 ? 'before' : 'after']: shown[at]?.id }), at, whole);
  };
  return { move, by };
};

/** Why the list is empty: who manages roles learns whether there are rules that no role of theirs shows. */
const NoRules = () => {
  const t = useTexts(ruleTexts);
  const go = useGo();
  const may = useMay();
  const manages = may('listRoles') && may('getRuleRights');
  const [role] = useRead('listRoles', { query: { limit: 1 } }, { when: manages }).data?.body.items ?? [];
  const request = { params: { roleId: role?.id ?? '' }, query: { limit: 1 } };
  const rights = useRead('getRuleRights', request, { when: role !== undefined });
  if ((rights.data?.body.items ?? []).length === 0) return <Empty text={t.empty} />;
  return <Empty text={t.noneSeen} action={<Button onClick={() => go('/roles')}>{t.toRoles}</Button>} />;
};

export const RulesPage = () => {
  const words = useTexts(common);
  const t = useTexts(ruleTexts);
  const link = useLink();
  const go = useGo();
  const titleOf = useTitles();
  const rights = useRuleRights();
  const { ruleTypes = [] } = useCatalogue() ?? {};
  const { all: categories, namesOf } = useCategories();
  const { save, keep, waiting } = useChanges();
  const read = useAll('listRules', {});
  const filters = useFilters();
  const [byName, setByName] = useState(false);
  const [page, setPage] = useState(1);
  const [selected, setSelected] = useState<string>();
  const [choosing, setChoosing] = useState(false);
  useTitle(t.rules);

  const rules = useMemo(() => withWaiting(read.data ?? [], waiting), [read.data, waiting]);
  const { text, type, category } = filters;
  const shown = useMemo(() => {
    const asked = text.toLocaleLowerCase();
    const found = rules.filter(
      (rule) =>
        (type === '' || rule.type === type) &&
        (category === '' || rule.categories.some((id) => id === category)) &&
        (asked === '' || has(`${rule.name} ${rule.description}`, asked)),
    );
    return byName ? found.sort((a, b) => a.name.localeCompare(b.name)) : found;
  }, [rules, text, type, category, byName]);
  const whole = shown.length === rules.length;

  const notMove = (rule: ListedRule): string | undefined => {
    if (byName) return t.sorted;
    return rule.waits.includes('deleted') ? t.waitsToBeDeleted : rights.toMove(rule);
  };
  const { move, by } = useMoves(shown, whole);
  const moving = useMoving({ rules: shown, whole, notMove, onMove: move });
  const pages = Math.max(1, Math.ceil(shown.length / rows));
  // A rule that is carried by keys takes the page along.
  const at = moving.at === undefined ? Math.min(page, pages) : Math.floor(moving.at / rows) + 1;
  const items = moving.list.slice((at - 1) * rows, at * rows);

  const rule = shown.find(({ id }) => id === selected);
  const first = rule && shown[0]?.id === rule.id;
  const last = rule && shown.at(-1)?.id === rule.id;
  const locked = rule ? notMove(rule) : t.selectFirst;
  const entry = (id: string, label: string, end: boolean | undefined): ButtonDropdownProps.Item => ({
    id,
    text: label,
    disabled: end === true,
  });
  const notAdd = rights.toCreateAny();
  const notDelete = rule
    ? rule.waits.includes('deleted')
      ? t.waitsToBeDeleted
      : rights.toDelete(rule)
    : t.selectFirst;

  const remove = async ({ id, name }: ListedRule) => {
    if (isWaiting(id)) await keep(withoutCreated(waiting, id));
    else
      await save([{ operation: 'deleteRule', params: { ruleId: id } }], {
        done: t.deleted(name),
        ask: { title: t.askDelete(name), text: t.askDeleteText, yes: words.delete },
      });
  };
  const moveBy = (id: string) => {
    if (!rule) return;
    if (id === 'place') setChoosing(true);
    else if (id === 'first' || id === 'last')
      void move(rule, placeAt(movedTo(shown, rule.id, { to: id }), id === 'first' ? 0 : shown.length - 1, whole));
    else void move(rule, by(rule, id === 'up' ? -1 : 1));
  };
  const options = (all: string, list: readonly { readonly id: string; readonly title: string }[]) => [
    { value: '', label: all },
    ...list.map(({ id, title }) => ({ value: id, label: title })),
  ];
  const types = options(t.allTypes, ruleTypes);
  const sorts = options(
    t.allCategories,
    categories.map(({ id, name }) => ({ id, title: name })),
  );
  const filter = (change: Parameters<typeof filters.set>[0]) => {
    setPage(1);
    filters.set(change);
  };

  return (
    <div {...moving.area}>
      <Table<ListedRule>
        variant="container"
        wrapLines
        items={items}
        trackBy="id"
        loading={read.isPending}
        loadingText={words.loading}
        selectionType="single"
        selectedItems={items.filter(({ id }) => id === selected)}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems[0]?.id)}
        ariaLabels={{
          tableLabel: t.rules,
          selectionGroupLabel: t.rules,
          itemSelectionLabel: (_, { name }) => words.select(name),
        }}
        sortingColumn={{ sortingField: byName ? 'name' : 'place' }}
        onSortingChange={({ detail }) => setByName(detail.sortingColumn.sortingField === 'name')}
        empty={
          rules.length === 0 ? (
            <NoRules />
          ) : (
            <Empty
              text={words.noMatch}
              action={<Button onClick={() => filter({ find: '', type: '', category: '' })}>{words.clearFilter}</Button>}
            />
          )
        }
        header={
          <Header
            variant="h1"
            counter={read.isPending ? '' : whole ? `(${rules.length})` : `(${shown.length}/${rules.length})`}
            description={t.orderHint}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <ButtonDropdown
                  disabled={locked !== undefined}
                  {...(locked !== undefined && { disabledReason: locked })}
                  items={[
                    entry('up', t.up, first),
                    entry('down', t.down, last),
                    entry('first', t.first, first),
                    entry('last', t.last, last),
                    entry('place', t.toPlace, shown.length < 2),
                  ]}
                  onItemClick={({ detail }) => moveBy(detail.id)}
                >
                  {t.move}
                </ButtonDropdown>
                <Button
                  disabled={!rule}
                  {...(!rule && { disabledReason: t.selectFirst })}
                  onClick={() => rule && go(`/rules/${rule.id}`)}
                >
                  {words.edit}
                </Button>
                <Button
                  disabled={notDelete !== undefined}
                  {...(notDelete !== undefined && { disabledReason: notDelete })}
                  onClick={() => rule && void remove(rule)}
                >
                  {words.delete}
                </Button>
                <Button
                  variant="primary"
                  disabled={notAdd !== undefined}
                  {...(notAdd !== undefined && { disabledReason: notAdd })}
                  onClick={() => go('/rules/new')}
                >
                  {t.addRule}
                </Button>
              </SpaceBetween>
            }
          >
            {t.rules}
          </Header>
        }
        filter={
          read.error ? (
            <Failure error={read.error} />
          ) : (
            <SpaceBetween direction="horizontal" size="xs">
              <TextFilter
                filteringText={text}
                filteringAriaLabel={`${words.find}: ${t.rules}`}
                filteringPlaceholder={words.find}
                filteringClearAriaLabel={words.clearFilter}
                countText={whole ? '' : t.found(shown.length)}
                onChange={({ detail }) => filter({ find: detail.filteringText })}
              />
              <Select
                ariaLabel={words.type}
                options={types}
                selectedOption={types.find(({ value }) => value === type) ?? null}
                onChange={({ detail }) => filter({ type: detail.selectedOption.value ?? '' })}
              />
              {categories.length > 0 && (
                <Select
                  ariaLabel={words.kinds.categories}
                  options={sorts}
                  filteringType="auto"
                  selectedOption={sorts.find(({ value }) => value === category) ?? null}
                  onChange={({ detail }) => filter({ category: detail.selectedOption.value ?? '' })}
                />
              )}
            </SpaceBetween>
          )
        }
        pagination={
          pages > 1 && (
            <Pagination
              currentPageIndex={at}
              pagesCount={pages}
              onChange={({ detail }) => setPage(detail.currentPageIndex)}
              ariaLabels={{
                nextPageLabel: words.next,
                previousPageLabel: words.previous,
                pageLabel: words.page,
              }}
            />
          )
        }
        columnDefinitions={[
          {
            id: 'place',
            header: t.place,
            sortingField: 'place',
            width: 100,
            cell: (one) => (
              <>
                {moving.handle(one)} {moving.picked === one.id ? (moving.at ?? 0) + 1 : one.place}
              </>
            ),
          },
          {
            id: 'name',
            header: words.name,
            sortingField: 'name',
            isRowHeader: true,
            minWidth: 200,
            cell: ({ id, name, description, waits }) => (
              <>
                <Link {...link(`/rules/${id}`)}>{name}</Link>
                {waits.map((wait) => (
                  <span key={wait}>
                    {' '}
                    <Badge color="blue">{t.waits[wait]}</Badge>
                  </span>
                ))}
                {description && (
                  <Box variant="small" display="block" color="text-body-secondary">
                    {description}
                  </Box>
                )}
              </>
            ),
          },
          { id: 'type', header: words.type, minWidth: 140, cell: (one) => titleOf(one.type) },
          {
            id: 'categories',
            header: words.kinds.categories,
            minWidth: 120,
            cell: (one) => namesOf(one.categories).join(', ') || '–',
          },
          {
            id: 'state',
            header: words.state,
            minWidth: 140,
            cell: ({ enabled }) => <EnabledState enabled={enabled} />,
          },
          {
            id: 'owner',
            header: t.owner,
            minWidth: 160,
            cell: ({ id, owner }) => (isWaiting(id) && owner === null ? t.ownRole : <OwnerName owner={owner} />),
          },
        ]}
      />
      <LiveRegion hidden assertive>
        {moving.said}
      </LiveRegion>
      {choosing && rule && (
        <MoveDialog
          rule={rule}
          rules={rules}
          onClose={() => setChoosing(false)}
          onMove={(place) => {
            setChoosing(false);
            void move(rule, place);
          }}
        />
      )}
    </div>
  );
};
