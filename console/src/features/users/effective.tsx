// Everything that a user holds, and every way by which (CT-81).
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Fragment, useState } from 'react';
import type { AnswerOf } from '../../../../clients/typescript/index.ts';
import { Name } from '../../api/names.tsx';
import { useRead } from '../../api/reads.ts';
import { useCatalogue, useTitles } from '../../catalogue/catalogue.ts';
import { EffectiveOnRules } from '../../on-rules/effective.tsx';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { useLink } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { useTexts } from '../../texts/texts.ts';
import { userTexts } from './texts.ts';

type Line = AnswerOf<'getEffectivePermissions'>['permissions'][number];
type Way = Line['paths'][number];

/** Ways and policies in one cell before the rest is asked for. */
const few = 3;

/** The first few, and a link that shows the rest. */
const Some = <Item,>({ of, children }: { of: readonly Item[]; children(item: Item): React.ReactNode }) => {
  const t = useTexts(userTexts);
  const [all, setAll] = useState(false);
  const shown = all ? of : of.slice(0, few);
  return (
    <SpaceBetween size="xxs">
      {shown.map((item) => (
        <div key={JSON.stringify(item)}>{children(item)}</div>
      ))}
      {of.length > shown.length && (
        <Link
          onFollow={(event) => {
            event.preventDefault();
            setAll(true);
          }}
        >
          {t.andMore(of.length - shown.length)}
        </Link>
      )}
    </SpaceBetween>
  );
};

/** A chain of groups, from the user's own on. */
export const Through = ({ groups }: { groups: readonly string[] }) => {
  const t = useTexts(userTexts);
  return (
    <>
      {t.through}{' '}
      {groups.map((group, i) => (
        <Fragment key={group}>
          {i > 0 && ' › '}
          <Name id={group} />
        </Fragment>
      ))}
    </>
  );
};

const WayText = ({ way: { via, groups = [] } }: { way: Way }) => {
  const t = useTexts(userTexts);
  if (via === 'personal') return <>{t.personal}</>;
  return (
    <>
      <Name id={via} /> {groups.length > 0 && <Through groups={groups} />}
    </>
  );
};

export const Effective = ({ user }: { user: { readonly id: string; readonly state: 'active' | 'disabled' } }) => {
  const t = useTexts(userTexts);
  const may = useMay();
  const link = useLink();
  const titleOf = useTitles();
  const catalogue = useCatalogue();
  const read = useRead('getEffectivePermissions', { params: { userId: user.id } });
  const { permissions = [], enforced = true, cursor } = read.data?.body ?? {};
  const limits = ({ actionTypes, ruleTypes }: Line) =>
    [actionTypes, ruleTypes].filter((types) => types !== undefined).map((types) => t.limitedTo(types.map(titleOf)));
  return (
    <SpaceBetween size="m">
      {catalogue && !catalogue.personalGrants && <Alert type="info">{t.rightsFromRoles}</Alert>}
      {user.state === 'disabled' && <Alert type="warning">{t.disabledHolds}</Alert>}
      {!enforced && <Alert type="warning">{t.notEnforced}</Alert>}
      <ListTable<Line>
        title={t.effective}
        headingVariant="h2"
        description={t.effectiveHint}
        items={permissions}
        loading={read.isPending}
        error={read.error}
        trackBy={(line) => JSON.stringify([line.permission, line.scope, line.actionTypes, line.ruleTypes])}
        nameOf={({ permission }) => titleOf(permission)}
        textOf={({ permission }) => titleOf(permission)}
        empty={<Empty text={t.holdsNothing} />}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            {may('listHolders') && <Button {...link(`/review?tab=why&user=${user.id}`)}>{t.askWhy}</Button>}
            {may('getUserGrants') && may('putUserGrants') && (
              <Button {...link(`/users/${user.id}?tab=permissions`)}>{t.personalPermissions}</Button>
            )}
          </SpaceBetween>
        }
        footer={cursor !== undefined && <Box>{t.moreHeld}</Box>}
        columns={[
          {
            id: 'permission',
            header: t.permission,
            isRowHeader: true,
            minWidth: 180,
            cell: (line) => [titleOf(line.permission), ...limits(line)].join(', '),
          },
          {
            id: 'scope',
            header: t.scope,
            minWidth: 120,
            cell: ({ scope }) =>
              scope === 'account' ? t.wholeAccount : <Some of={scope}>{(policy) => <Name id={policy} />}</Some>,
          },
          {
            id: 'ways',
            header: t.ways,
            minWidth: 200,
            cell: ({ paths, more }) => (
              <>
                <Some of={paths}>{(way) => <WayText way={way} />}</Some>
                {more && t.moreWays}
              </>
            ),
          },
          ...(may('listHolders')
            ? [
                {
                  id: 'explain',
                  header: t.explain,
                  cell: ({ permission }: Line) => (
                    <Link
                      {...link(`/review?tab=why&user=${user.id}&permission=${permission}`)}
                      ariaLabel={`${t.explain}: ${titleOf(permission)}`}
                    >
                      {t.explain}
                    </Link>
                  ),
                },
              ]
            : []),
        ]}
      />
      <EffectiveOnRules user={user.id} />
    </SpaceBetween>
  );
};
