// The access review of a role (who is in it, by which way) or of a person (what is held, by which ways), and as CSV.
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { csvLine } from '../../../../shared/text/csv.ts';
import { api } from '../../api/client.ts';
import { namesOf } from '../../api/names.tsx';
import { useAll } from '../../api/reads.ts';
import { useCatalogue, useTitles } from '../../catalogue/catalogue.ts';
import { givingOn, reachOn, readOwn, rightsOnRules } from '../../on-rules/reads.ts';
import { onRulesTexts } from '../../on-rules/texts.ts';
import { download } from '../../parts/download.ts';
import { PickUser } from '../../parts/pick.tsx';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { useQuestion } from './question.tsx';
import { reviewTexts } from './texts.ts';

/** One line of a review: all of it is text, so what is shown is what is saved. */
interface Line {
  readonly id: string;
  readonly what: string;
  readonly kind: string;
  readonly where: string;
  readonly way: string;
}

const useLines = (of: 'role' | 'person', id: string) => {
  const t = useTexts(reviewTexts);
  const words = useTexts(common);
  const onRules = useTexts(onRulesTexts);
  const may = useMay();
  const titleOf = useTitles();
  const catalogue = useCatalogue();
  const areaOf = (id: string) => catalogue?.permissions.find((one) => one.id === id)?.area ?? '';

  const ofRole = async (): Promise<Line[]> => {
    const lines: Line[] = [];
    for await (const member of api.items('listRoleMembers', { params: { roleId: id }, query: { limit: 200 } })) {
      const { name } = member;
      if (member.type === 'user')
        lines.push({
          id: member.id,
          what: name,
          kind: words.kinds.user,
          where: words.states[member.state],
          way: t.direct,
        });
      else {
        lines.push({ id: member.id, what: name, kind: words.kinds.group, where: '', way: t.direct });
        const within = { params: { groupId: member.id }, query: { effective: 'true' as const, limit: 200 } };
        for await (const one of api.items('listGroupMembers', within))
          if (one.type === 'user')
            lines.push({
              id: `${member.id}/${one.id}`,
              what: one.name,
              kind: words.kinds.user,
              where: words.states[one.state],
              way: `${t.throughGroups} ${name}`,
            });
      }
    }
    return lines;
  };

  /** Rights on rules are no permissions, and are held as well. */
  const onRulesOf = async (): Promise<Line[]> => {
    const { roles } = await readOwn(id);
    const names = await namesOf([...new Set(roles.flatMap(({ groups }) => groups))]);
    return rightsOnRules.flatMap((right) => {
      const { rules, all } = reachOn(roles, right);
      if (rules.length === 0) return [];
      const which = rules.length === all ? onRules.allRules(all) : rules.map(({ name }) => name).join(', ');
      const way = givingOn(roles, right)
        .map(({ name, groups }) => [...groups.map((group) => names.get(group)?.name ?? group), name].join(' → '))
        .join('; ');
      return [{ id: `on rules ${right}`, what: onRules.rights[right], kind: onRules.title, where: which, way }];
    });
  };

  const ofPerson = async (): Promise<Line[]> => {
    const lines: Line[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? {} : { cursor };
      const page = await api.getEffectivePermissions({ params: { userId: id }, query });
      const ids = page.permissions.flatMap(({ scope, paths }) => [
        ...(scope === 'account' ? [] : scope),
        ...paths.flatMap(({ via, groups = [] }) => [...(via === 'personal' ? [] : [via]), ...groups]),
      ]);
      const names = await namesOf([...new Set<string>(ids)]);
      const nameOf = (one: string) => names.get(one)?.name ?? one;
      for (const { permission, scope, paths } of page.permissions)
        lines.push({
          id: `${permission} ${lines.length}`,
          what: titleOf(permission),
          kind: areaOf(permission),
          where: scope === 'account' ? t.account : scope.map(nameOf).join(', '),
          way: paths
            .map(({ via, groups = [] }) =>
              via === 'personal' ? t.personally : [...groups.map(nameOf), nameOf(via)].join(' → '),
            )
            .join('; '),
        });
      cursor = page.cursor;
    } while (cursor !== undefined);
    if (may('getRuleRights') && may('listRules')) lines.push(...(await onRulesOf()));
    return lines;
  };

  return useQuery({
    queryKey: ['access', of, id, t.direct],
    queryFn: of === 'role' ? ofRole : ofPerson,
    enabled: id !== '',
  });
};

export const Access = () => {
  const t = useTexts(reviewTexts);
  const words = useTexts(common);
  const may = useMay();
  const { search, set } = useQuestion();
  const mayRoles = may('listRoles');
  const of = search.get('of') === 'role' && mayRoles ? 'role' : 'person';
  const id = search.get(of === 'role' ? 'role' : 'user') ?? '';
  const roles = useAll('listRoles', {}, { when: mayRoles }).data ?? [];
  const lines = useLines(of, id);
  const columns = [
    { id: 'what', header: of === 'role' ? t.member : t.right, isRowHeader: true, cell: ({ what }: Line) => what },
    { id: 'kind', header: of === 'role' ? t.kind : t.area, cell: ({ kind }: Line) => kind || '–' },
    { id: 'where', header: of === 'role' ? words.state : t.scope, cell: ({ where }: Line) => where || '–' },
    { id: 'way', header: t.way, cell: ({ way }: Line) => way },
  ];
  const save = () => {
    const rows = [
      columns.map(({ header }) => header),
      ...(lines.data ?? []).map((l) => [l.what, l.kind, l.where, l.way]),
    ];
    download(`${of}-${id}.csv`, rows.map(csvLine).join(''));
  };
  const options = roles.map((role) => ({ value: role.id as string, label: role.name }));
  return (
    <SpaceBetween size="l">
      <Container>
        <SpaceBetween size="m">
          {mayRoles && (
            <SegmentedControl
              label={t.subject}
              selectedId={of}
              options={[
                { id: 'person', text: t.aPerson },
                { id: 'role', text: t.aRole },
              ]}
              onChange={({ detail }) => set({ of: detail.selectedId })}
            />
          )}
          {of === 'role' ? (
            <FormField label={t.role}>
              <Select
                options={options}
                selectedOption={options.find(({ value }) => value === id) ?? null}
                filteringType="auto"
                filteringAriaLabel={words.find}
                placeholder={t.choose}
                onChange={({ detail }) => set({ role: detail.selectedOption.value })}
              />
            </FormField>
          ) : (
            <FormField label={t.aPerson}>
              <PickUser id={id} label={t.aPerson} placeholder={t.findUser} onPick={(user) => set({ user })} />
            </FormField>
          )}
        </SpaceBetween>
      </Container>
      {id !== '' && (
        <ListTable<Line>
          title={t.access}
          headingVariant="h2"
          items={lines.data ?? []}
          loading={lines.isPending}
          error={lines.error}
          nameOf={({ what }) => what}
          textOf={({ what, kind, where, way }) => `${what} ${kind} ${where} ${way}`}
          empty={<Empty text={of === 'role' ? t.noMembers : t.noPermissions} />}
          actions={
            <Button iconName="download" disabled={lines.data === undefined} onClick={save}>
              {t.csv}
            </Button>
          }
          columns={columns}
        />
      )}
    </SpaceBetween>
  );
};
