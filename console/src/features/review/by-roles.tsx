// Why somebody has a right on rules when no single rule is named: role by role, with the rules on which each gives it, and
// how to end it. The service answers the question about one rule with every way.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { Fragment } from 'react';
import { Name } from '../../api/names.tsx';
import { useRead } from '../../api/reads.ts';
import { useTitles } from '../../catalogue/catalogue.ts';
import { useChanges } from '../../changes/changes.tsx';
import { type Step, waitsAlready } from '../../changes/steps.ts';
import { partPermissions } from '../../on-rules/parts.ts';
import { givingOn, type RightOnRules, reachOn, useRolesOnRules } from '../../on-rules/reads.ts';
import { onRulesTexts } from '../../on-rules/texts.ts';
import { Which } from '../../on-rules/which.tsx';
import { Failure } from '../../parts/failure.tsx';
import { useNarrow } from '../../parts/narrow.ts';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { useLink } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { reviewTexts } from './texts.ts';

type Given = NonNullable<ReturnType<typeof useRolesOnRules>['data']>['roles'][number];

/** What may be changed in a rule: each part has its permission. Creating a rule is no change of one. */
const { create: _, ...ofParts } = partPermissions;
const changing: ReadonlySet<string> = new Set(Object.values(ofParts));

/** The permissions for the parts of a rule, without which the right to edit one changes nothing. */
const Parts = ({ user, held }: { user: string; held: readonly string[] }) => {
  const t = useTexts(reviewTexts);
  const link = useLink();
  const titleOf = useTitles();
  const whyPath = (permission: string) => `/review?${new URLSearchParams({ tab: 'why', user, permission })}`;
  return (
    <Box>
      {held.length === 0 ? t.holdsNoPart : t.holdsParts}
      {held.map((permission, at) => (
        <Fragment key={permission}>
          {at === 0 ? ' ' : ', '}
          <Link {...link(whyPath(permission))}>{titleOf(permission)}</Link>
        </Fragment>
      ))}
      {held.length > 0 && '.'}
    </Box>
  );
};

export const ByRoles = ({
  user,
  right,
}: {
  user: { readonly id: string; readonly name: string };
  right: RightOnRules;
}) => {
  const t = useTexts(reviewTexts);
  const words = useTexts(common);
  const onRules = useTexts(onRulesTexts);
  const may = useMay();
  const isNarrow = useNarrow();
  const link = useLink();
  const { gathers, waiting, save } = useChanges();
  const read = useRolesOnRules(user.id);
  const effective = useRead('getEffectivePermissions', { params: { userId: user.id } }).data?.body;
  if (read.error) return <Failure error={read.error} />;
  if (!read.data) return null;
  const { roles, more } = read.data;
  const isDisabled = effective !== undefined && effective.state !== 'active';
  const giving = givingOn(roles, right);
  const reach = reachOn(roles, right);
  const isEmpty = roles.length > 0 && reach.all === 0;
  // Without a rule, the answer is about those that others will create.
  const sees = isEmpty ? roles.some(({ newRules }) => newRules.view) : reach.rules.length > 0;
  const isAllowed = !isDisabled && giving.length > 0 && sees;
  const unseen = giving.length > 0 && !sees;
  const answer = isEmpty
    ? isAllowed
      ? t.allowedByRoles(giving.length)
      : giving.length === 0
        ? t.deniedByRoles
        : t.denied
    : isAllowed
      ? t.allowedOn(reach.rules.length, reach.all)
      : t.denied;
  const held = [...new Set(effective?.permissions.map(({ permission }) => permission))].filter((id) =>
    changing.has(id),
  );
  const rulePath = (rule: string) => `/review?${new URLSearchParams({ tab: 'why', user: user.id, right, rule })}`;
  const leaving = (role: string): Step => ({
    operation: 'removeRoleMembers',
    params: { roleId: role },
    body: { members: [user.id] },
  });
  const leave = ({ id, name }: Given) =>
    save([leaving(id)], {
      done: t.ended,
      ask: { title: t.leaveAsk(user.name, name), text: t.leaveText, yes: t.leave },
    });
  // On a telephone the last columns are out of sight.
  const end = may('removeRoleMembers')
    ? [
        {
          id: 'end',
          header: t.endIt,
          minWidth: 150,
          cell: (role: Given) =>
            !role.direct ? (
              t.leaveGroup
            ) : gathers && waitsAlready(waiting, leaving(role.id)) ? (
              t.endWaits
            ) : (
              <Button
                variant="inline-link"
                ariaLabel={t.leaveOf(user.name, role.name)}
                onClick={() => void leave(role)}
              >
                {t.leave}
              </Button>
            ),
        },
      ]
    : [];
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{user.name + words.colon + onRules.rights[right]}</Header>}>
        <SpaceBetween size="s">
          <StatusIndicator type={isAllowed ? 'success' : 'stopped'}>{answer}</StatusIndicator>
          {isDisabled && <Box>{t.reasons['user-disabled']}</Box>}
          {unseen && <Box>{t.givenUnseen}</Box>}
          {right === 'edit' && effective && !isDisabled && <Parts user={user.id} held={held} />}
          {effective?.enforced === false && <Box>{t.notEnforced}</Box>}
        </SpaceBetween>
      </Container>
      <ListTable<Given>
        title={t.givenBy}
        headingVariant="h2"
        description={!isEmpty && t.givenByHint}
        items={giving}
        loading={false}
        empty={<Empty text={t.givenByNone} />}
        footer={more && onRules.more}
        columns={[
          {
            id: 'role',
            header: t.role,
            isRowHeader: true,
            minWidth: 150,
            cell: ({ id, name }) => <Link {...link(`/roles/${id}?tab=rules`)}>{name}</Link>,
          },
          ...(isNarrow ? end : []),
          {
            id: 'way',
            header: t.way,
            cell: ({ direct, groups }) =>
              direct ? (
                t.direct
              ) : (
                <>
                  {t.throughGroups}{' '}
                  {groups.map((group, at) => (
                    <Fragment key={group}>
                      {at > 0 && ' → '}
                      <Name id={group} />
                    </Fragment>
                  ))}
                </>
              ),
          },
          {
            id: 'rules',
            header: onRules.onWhich,
            minWidth: 180,
            cell: ({ rules }) => {
              const given = rules.filter((line) => line[right]).map(({ rule, name }) => ({ id: rule, name }));
              return <Which rules={given} all={rules.length} pathOf={rulePath} />;
            },
          },
          { id: 'new', header: t.newRules, cell: ({ newRules }) => (newRules[right] ? words.yes : words.no) },
          ...(isNarrow ? [] : end),
        ]}
      />
      {giving.length > 0 && (
        <Alert type="info" header={t.ending}>
          {t.endingByRoles}
        </Alert>
      )}
    </SpaceBetween>
  );
};
