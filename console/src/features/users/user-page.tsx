// One user: what the user can do and by which ways, own rights, contact record, sessions. The tab stands in the address.
// It opens on what the user can do: who comes here asks that first.
import Badge from '@cloudscape-design/components/badge';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs, { type TabsProps } from '@cloudscape-design/components/tabs';
import { useSearchParams } from 'wouter';
import { useRead } from '../../api/reads.ts';
import { useCatalogue } from '../../catalogue/catalogue.ts';
import { Loaded, Page } from '../../parts/page.tsx';
import { useGo, useLink } from '../../shell/go.ts';
import { useMay, useMe } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { Contact } from './contact.tsx';
import { Effective } from './effective.tsx';
import { Memberships } from './memberships.tsx';
import { Permissions } from './permissions.tsx';
import { Sessions } from './sessions.tsx';
import { userTexts } from './texts.ts';
import { UserMenu } from './user-menu.tsx';

export const UserPage = ({ params: { id } }: { params: { readonly id: string } }) => {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const may = useMay();
  const me = useMe();
  const go = useGo();
  const link = useLink();
  const catalogue = useCatalogue();
  const [search, setSearch] = useSearchParams();
  const user = useRead('getUser', { params: { userId: id } });
  const own = may('getUserGrants');
  // Ways name roles and groups, so only those who manage access rights see them of others.
  const sees = me.accessManager || me.user.id === id;
  const above = [{ text: own ? t.contacts : t.users, path: '/users' }];
  return (
    <Loaded query={user} of="user" page={{ title: words.kinds.user, above }}>
      {({ body, etag }) => {
        const effective = sees ? <Effective user={body} /> : t.onlyForAccessManagers;
        const tabs: (TabsProps.Tab | false)[] = [
          (sees || !own) && { id: 'effective', label: own ? t.effective : t.permissions, content: effective },
          own && {
            id: 'permissions',
            label: sees ? t.personalPermissions : t.permissions,
            content: catalogue && <Permissions user={body} catalogue={catalogue} />,
          },
          { id: 'contact', label: t.contactRecord, content: <Contact user={body} etag={etag} /> },
          { id: 'memberships', label: t.memberships, content: <Memberships user={body} sees={sees} /> },
          sees && { id: 'sessions', label: t.sessions, content: <Sessions user={body} /> },
        ];
        const shown = tabs
          .filter((tab) => tab !== false)
          .map((tab) => ({ ...tab, contentRenderStrategy: 'lazy' as const }));
        const asked = search.get('tab');
        return (
          <Page
            title={body.name}
            description={body.login}
            info={body.state === 'disabled' && <Badge color="grey">{words.states.disabled}</Badge>}
            above={above}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {may('listEvents') && <Button {...link(`/audit?target=${id}`)}>{t.audit}</Button>}
                <UserMenu users={[body]} onGone={() => go('/users')} />
              </SpaceBetween>
            }
          >
            <Tabs
              ariaLabel={body.name}
              tabs={shown}
              activeTabId={shown.find((tab) => tab.id === asked)?.id ?? (shown[0]?.id as string)}
              onChange={({ detail }) => setSearch({ tab: detail.activeTabId })}
            />
          </Page>
        );
      }}
    </Loaded>
  );
};
