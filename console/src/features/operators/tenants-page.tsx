// The tenants, as operators see them.
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useDeferredValue, useState } from 'react';
import { useSearchParams } from 'wouter';
import { usePages } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { FieldsDialog } from '../../parts/fields-dialog.tsx';
import { useTitle } from '../../parts/page.tsx';
import { Empty, PagedTable, withIcon } from '../../parts/tables.tsx';
import { When } from '../../parts/when.tsx';
import { useGo, useLink } from '../../shell/go.ts';
import { common } from '../../texts/common.ts';
import { useLanguage, useTexts } from '../../texts/texts.ts';
import { type Account, AccountState } from './state.tsx';
import { operatorTexts } from './texts.ts';

export const TenantsPage = () => {
  const t = useTexts(operatorTexts);
  const words = useTexts(common);
  const link = useLink();
  const go = useGo();
  const language = useLanguage();
  const { act } = useChanges();
  const [params, setParams] = useSearchParams();
  const [adding, setAdding] = useState(false);
  const find = params.get('find') ?? '';
  const name = useDeferredValue(find);
  const tenants = usePages('listTenants', { query: name === '' ? {} : { name } });
  useTitle(t.title);
  return (
    <>
      <PagedTable<Account>
        title={t.title}
        description={t.description}
        pages={tenants}
        nameOf={({ id, name: called }) => called ?? id}
        empty={<Empty text={name === '' ? t.empty : t.noMatch} />}
        actions={
          <Button variant="primary" onClick={() => setAdding(true)}>
            {t.add}
          </Button>
        }
        filter={
          <TextFilter
            filteringText={find}
            filteringPlaceholder={t.find}
            filteringAriaLabel={t.find}
            filteringClearAriaLabel={words.clearFilter}
            onChange={({ detail }) =>
              setParams(detail.filteringText === '' ? {} : { find: detail.filteringText }, { replace: true })
            }
          />
        }
        columns={[
          {
            id: 'name',
            header: words.name,
            isRowHeader: true,
            cell: ({ id, name: called }) => <Link {...link(`/tenants/${id}`)}>{called ?? id}</Link>,
          },
          { id: 'catalogue', header: t.catalogue, cell: ({ catalogue }) => catalogue?.id ?? '–' },
          {
            id: 'state',
            header: words.state,
            minWidth: withIcon,
            cell: (account) => <AccountState account={account} />,
          },
          { id: 'created', header: t.created, cell: ({ createdAt }) => <When at={createdAt} /> },
        ]}
      />
      {adding && (
        <FieldsDialog
          title={t.add}
          yes={words.add}
          text={t.firstUserText}
          fields={[
            { name: 'name', label: words.name, pointer: '/name' },
            { name: 'catalogue', label: t.catalogue, pointer: '/catalogue', start: 'complete' },
            { name: 'language', label: t.rolesLanguage, pointer: '/language', start: language },
            { name: 'user', label: t.firstUser, pointer: '/firstUser/name' },
            { name: 'issuer', label: t.issuer, pointer: '/firstUser/identity/issuer' },
            { name: 'subject', label: t.subject, pointer: '/firstUser/identity/subject' },
          ]}
          onClose={() => setAdding(false)}
          onSave={async ({ name: called, catalogue, language: rolesLanguage, user, issuer, subject }) => {
            const firstUser = { name: user, identity: { issuer, subject } };
            const body = { name: called, catalogue, language: rolesLanguage, firstUser };
            const outcome = await act('createTenant', { body }, { done: t.addedTitle(called) });
            if (outcome.became === 'done') go(`/tenants/${outcome.answer.id}`);
            return outcome;
          }}
        />
      )}
    </>
  );
};
