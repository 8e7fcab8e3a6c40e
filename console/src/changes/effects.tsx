// Who gains and loses what, as a list to read.
import Box from '@cloudscape-design/components/box';
import Table from '@cloudscape-design/components/table';
import type { PreviewOf } from '../../../clients/typescript/index.ts';
import { Name } from '../api/names.tsx';
import { useTitles } from '../catalogue/catalogue.ts';
import { useTexts } from '../texts/texts.ts';
import { changeTexts } from './texts.ts';

type Effect = PreviewOf<'submitChangeSet'>['effect'];
type UserEffect = Effect['users'][number];
type Difference = UserEffect['lost'][number];

/** The rights that a change gives and takes, by user. */
export const Effects = ({ effect }: { effect: Effect }) => {
  const t = useTexts(changeTexts);
  const titleOf = useTitles();
  const said = ({ permission, scope }: Difference): string => {
    const title = titleOf(permission);
    return scope === 'account' ? title : `${title} (${t.forPolicies(scope.length)})`;
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
