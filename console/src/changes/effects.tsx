// Who gains and loses what, as a list to read.
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useContext } from 'react';
import type { PreviewOf } from '../../../clients/typescript/index.ts';
import { Name, useNames } from '../api/names.tsx';
import { useTitles } from '../catalogue/catalogue.ts';
import { MeContext } from '../shell/me.ts';
import { useTexts } from '../texts/texts.ts';
import { OnRules } from './on-rules.tsx';
import { changeTexts } from './texts.ts';

type Effect = PreviewOf<'submitChangeSet'>['effect'];
type UserEffect = Effect['users'][number];
type Difference = UserEffect['lost'][number];

/** The rights that a change gives and takes, by user. */
export const Effects = ({ effect }: { effect: Effect }) => {
  const hasRules = useContext(MeContext)?.operations.includes('getRuleRights');
  return (
    <SpaceBetween size="s">
      <Permissions effect={effect} />
      {hasRules && <OnRules things={effect.things} />}
    </SpaceBetween>
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
        { id: 'user', header: t.usersColumn, isRowHeader: true, minWidth: 140, cell: ({ user }) => <Name id={user} /> },
        { id: 'lost', header: t.loses, cell: ({ lost }) => list(lost) },
        { id: 'gained', header: t.gains, cell: ({ gained }) => list(gained) },
      ]}
    />
  );
};
