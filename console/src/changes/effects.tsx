// Who gains and loses what, as a list to read.
import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { Fragment, useContext } from 'react';
import type { PreviewOf } from '../../../clients/typescript/index.ts';
import { Name, useNames } from '../api/names.tsx';
import { useTitles } from '../catalogue/catalogue.ts';
import { useLink } from '../shell/go.ts';
import { MeContext } from '../shell/me.ts';
import { useTexts } from '../texts/texts.ts';
import { changeTexts } from './texts.ts';

type Effect = PreviewOf<'submitChangeSet'>['effect'];
type UserEffect = Effect['users'][number];
type Difference = UserEffect['lost'][number];

/** Links in one sentence. */
const mostLinks = 5;

/** Fields of a role that say nothing of what its members may do with rules. */
const besideRules = ['name', 'description', 'grants'];

/** The things by which somebody's rights on rules may change, which the effect counts for no user. */
const movingOnRules = ({ things }: Effect): Effect['things'] =>
  things.filter(({ kind, change, fields = [], joined = 0, left = 0 }) =>
    kind === 'role' || kind === 'group'
      ? change !== 'changed' || joined + left > 0 || fields.some((field) => !besideRules.includes(field))
      : kind === 'user' && (change === 'deleted' || fields.includes('state')),
  );

/** The rights that a change gives and takes, by user. */
export const Effects = ({ effect }: { effect: Effect }) => {
  const hasRules = useContext(MeContext)?.operations.includes('getRuleRights');
  return (
    <SpaceBetween size="s">
      <Permissions effect={effect} />
      {hasRules && <OnRules things={movingOnRules(effect)} />}
    </SpaceBetween>
  );
};

/** Where rights on rules stand: of a role in its own tab, of a person with everything else that the person can do. */
const OnRules = ({ things }: { things: Effect['things'] }) => {
  const t = useTexts(changeTexts);
  const link = useLink();
  const there = things.filter(({ change }) => change !== 'created').slice(0, mostLinks);
  // Of users, an effect has no names.
  const names = useNames(there.map(({ id }) => id));
  if (things.length === 0) return null;
  const pathOf = ({ kind, id }: Effect['things'][number]) =>
    kind === 'role' ? `/roles/${id}?tab=rules` : kind === 'user' ? `/users/${id}?tab=effective` : `/groups/${id}`;
  return (
    <Box>
      {t.notOnRules} {there.length > 0 && t.onRulesNow}
      {there.map((thing, at) => (
        <Fragment key={thing.id}>
          {at === 0 ? ' ' : ', '}
          <Link {...link(pathOf(thing))}>{names.get(thing.id)?.name ?? thing.name ?? thing.id}</Link>
        </Fragment>
      ))}
    </Box>
  );
};

const Permissions = ({ effect }: { effect: Effect }) => {
  const t = useTexts(changeTexts);
  const titleOf = useTitles();
  const differences = effect.users.flatMap(({ lost, gained }) => [...lost, ...gained]);
  const single = differences.flatMap(({ scope }) => (scope !== 'account' && scope.length === 1 ? scope : []));
  const names = useNames([...new Set(single)]);
  const said = ({ permission, scope }: Difference): string => {
    const title = titleOf(permission);
    return scope === 'account'
      ? title
      : `${title} (${(scope.length === 1 && names.get(scope[0] as string)?.name) || t.forPolicies(scope.length)})`;
  };
  const list = (differences: readonly Difference[]) =>
    differences.length === 0 ? '–' : [...new Set(differences.map(said))].join(', ');
  if (effect.users.length === 0) return <Box>{t.nobodyLoses}</Box>;
  return (
    <Table<UserEffect>
      variant="embedded"
      wrapLines
      items={[...effect.users]}
      trackBy="user"
      ariaLabels={{ tableLabel: t.askLosses }}
      footer={effect.more ? <Box>{t.moreUsers}</Box> : undefined}
      columnDefinitions={[
        { id: 'user', header: t.usersColumn, isRowHeader: true, cell: ({ user }) => <Name id={user} /> },
        { id: 'lost', header: t.loses, cell: ({ lost }) => list(lost) },
        { id: 'gained', header: t.gains, cell: ({ gained }) => list(gained) },
      ]}
    />
  );
};
