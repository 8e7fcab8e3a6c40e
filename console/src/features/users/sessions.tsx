// The log-ons of a user to products that are open now.
import Button from '@cloudscape-design/components/button';
import type { ItemOf } from '../../../../clients/typescript/index.ts';
import { useAll } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { When } from '../../parts/when.tsx';
import { useMay } from '../../shell/me.ts';
import { useTexts } from '../../texts/texts.ts';
import { userTexts } from './texts.ts';

export const Sessions = ({ user: { id, name } }: { user: { readonly id: string; readonly name: string } }) => {
  const t = useTexts(userTexts);
  const may = useMay();
  const { act } = useChanges();
  const sessions = useAll('listSessions', { params: { userId: id } });
  const end = () =>
    act(
      'endSessions',
      { params: { userId: id } },
      { done: t.sessionsEnded(name), ask: { title: t.endTitle(name), text: t.endText, yes: t.actions.endSessions } },
    );
  return (
    <ListTable<ItemOf<'listSessions'>>
      title={t.sessions}
      headingVariant="h2"
      items={sessions.data ?? []}
      loading={sessions.isPending}
      error={sessions.error}
      empty={<Empty text={t.noSessions} />}
      actions={
        may('endSessions') && (
          <Button disabled={sessions.data?.length === 0} disabledReason={t.noSessions} onClick={() => void end()}>
            {t.actions.endSessions}
          </Button>
        )
      }
      columns={[
        { id: 'began', header: t.began, isRowHeader: true, cell: ({ createdAt }) => <When at={createdAt} /> },
        { id: 'ends', header: t.ends, cell: ({ expiresAt }) => <When at={expiresAt} /> },
        { id: 'follows', header: t.follows, cell: ({ follows }) => t.followed[follows] },
      ]}
    />
  );
};
