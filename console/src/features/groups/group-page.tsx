// One group: where it comes from, what it gives, and who is in it.
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { Fragment, useState } from 'react';
import type { ItemOf } from '../../../../clients/typescript/index.ts';
import { Name } from '../../api/names.tsx';
import { usePages, useRead } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { waitingBody } from '../../changes/steps.ts';
import { Loaded, Page } from '../../parts/page.tsx';
import { PickUser } from '../../parts/pick.tsx';
import { Empty, PagedTable } from '../../parts/tables.tsx';
import { useGo } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { groupTexts } from './texts.ts';

type Member = ItemOf<'listGroupMembers'>;

const Names = ({ ids, none = '–' }: { ids: readonly string[]; none?: string }) =>
  ids.length === 0
    ? none
    : ids.map((id, at) => (
        <Fragment key={id}>
          {at > 0 && ', '}
          <Name id={id} />
        </Fragment>
      ));

const Members = ({ id }: { id: string }) => {
  const t = useTexts(groupTexts);
  const words = useTexts(common);
  const may = useMay();
  const { save } = useChanges();
  const [effective, setEffective] = useState(false);
  const [chosen, setChosen] = useState<readonly Member[]>([]);
  const [picked, setPicked] = useState('');
  const [tried, setTried] = useState(false);
  const members = usePages('listGroupMembers', {
    params: { groupId: id as never },
    query: { effective: effective ? 'true' : 'false' },
  });
  const params = { groupId: id };
  const add = async () => {
    setTried(picked === '');
    if (picked === '') return;
    const outcome = await save([{ operation: 'addGroupMembers', params, body: { members: [picked] } }], {
      done: t.added,
    });
    if (outcome.became !== 'left') setPicked('');
  };
  const end = async () => {
    const users = chosen.map((member) => member.id);
    const outcome = await save([{ operation: 'removeGroupMembers', params, body: { members: users } }], {
      done: t.ended,
      ask: { title: t.endAsk, text: t.endText, yes: t.end },
    });
    if (outcome.became !== 'left') setChosen([]);
  };
  const byHand = chosen.length > 0 && chosen.every((one) => one.type === 'user' && one.origins?.includes('hand'));
  return (
    <SpaceBetween size="m">
      <PagedTable<Member>
        title={t.members}
        headingVariant="h2"
        pages={members}
        empty={<Empty text={t.noMembers} />}
        selection={may('removeGroupMembers') && !effective ? 'multi' : undefined}
        selected={chosen}
        onSelect={setChosen}
        filter={
          <SegmentedControl
            label={t.members}
            selectedId={effective ? 'effective' : 'direct'}
            options={[
              { id: 'direct', text: t.direct },
              { id: 'effective', text: t.effective },
            ]}
            onChange={({ detail }) => {
              setChosen([]);
              setEffective(detail.selectedId === 'effective');
            }}
          />
        }
        actions={
          may('removeGroupMembers') && (
            <Button disabled={!byHand} disabledReason={t.endText} onClick={() => void end()}>
              {t.end}
            </Button>
          )
        }
        columns={[
          { id: 'name', header: words.name, isRowHeader: true, cell: (one) => <Name id={one.id} /> },
          { id: 'type', header: words.type, cell: ({ type }) => words.kinds[type] },
          { id: 'state', header: words.state, cell: (one) => (one.type === 'user' ? words.states[one.state] : '–') },
          {
            id: 'origin',
            header: t.origin,
            cell: (one) =>
              one.type === 'user' && one.origins
                ? one.origins.map((origin, at) => (
                    <Fragment key={origin}>
                      {at > 0 && ', '}
                      {origin === 'hand' ? t.byHand : <Name id={origin} />}
                    </Fragment>
                  ))
                : '–',
          },
        ]}
      />
      {may('addGroupMembers') && (
        <Container header={<Header variant="h3">{t.addByHand}</Header>}>
          <FormField
            label={words.kinds.user}
            description={t.addText}
            errorText={tried && picked === '' && words.required}
            secondaryControl={<Button onClick={() => void add()}>{words.add}</Button>}
          >
            <PickUser id={picked} label={words.kinds.user} placeholder={t.findUser} onPick={setPicked} />
          </FormField>
        </Container>
      )}
    </SpaceBetween>
  );
};

export const GroupPage = ({ params: { id = '' } }: { params: Readonly<Record<string, string>> }) => {
  const t = useTexts(groupTexts);
  const words = useTexts(common);
  const go = useGo();
  const may = useMay();
  const { save, waiting } = useChanges();
  const params = { groupId: id };
  const group = useRead('getGroup', { params: { groupId: id as never } });
  const name = group.data?.body.name ?? '';
  const waits = waitingBody<{ confersAccessManagement: boolean }>(waiting, 'updateGroup', params);
  const confer = (confersAccessManagement: boolean) =>
    save(
      [
        {
          operation: 'updateGroup',
          params,
          body: { confersAccessManagement },
          ...(group.data?.etag && { ifMatch: group.data.etag }),
        },
      ],
      { done: confersAccessManagement ? t.confersOn : t.confersOff },
    );
  const remove = async () => {
    const outcome = await save([{ operation: 'deleteGroup', params }], {
      done: t.removed,
      ask: { title: t.removeAsk(name), yes: t.remove },
    });
    if (outcome.became !== 'left') go('/groups');
  };
  return (
    <Page
      title={name || words.kinds.group}
      above={[{ text: t.title, path: '/groups' }]}
      actions={
        may('deleteGroup') &&
        group.data?.body.source === 'local' && <Button onClick={() => void remove()}>{t.remove}</Button>
      }
    >
      <Loaded query={group} of="group">
        {({ body: { source, parents, roles, confersAccessManagement } }) => (
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">{t.general}</Header>}>
              <SpaceBetween size="m">
                <KeyValuePairs
                  columns={3}
                  items={[
                    { label: t.source, value: source === 'local' ? t.local : <Name id={source} /> },
                    { label: t.parents, value: <Names ids={parents} /> },
                    ...(roles ? [{ label: t.roles, value: <Names ids={roles} none={t.noRoles} /> }] : []),
                  ]}
                />
                <Toggle
                  checked={waits?.confersAccessManagement ?? confersAccessManagement}
                  disabled={!may('updateGroup')}
                  description={t.confersText}
                  onChange={({ detail }) => void confer(detail.checked)}
                >
                  {t.confers}
                </Toggle>
              </SpaceBetween>
            </Container>
            <Members id={id} />
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
};
