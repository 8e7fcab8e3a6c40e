// The frame around every page: the bar at the top with Access Rights in one click (CT-05) and Submit changes (CT-25),
// the navigation, which lists what the person may open (FP-05, FP-06), and what everybody must know at once.
import AppLayout from '@cloudscape-design/components/app-layout';
import SideNavigation, { type SideNavigationProps } from '@cloudscape-design/components/side-navigation';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TopNavigation, { type TopNavigationProps } from '@cloudscape-design/components/top-navigation';
import { type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { type SignedIn, signIn, signOut } from '../auth/session.ts';
import { useCatalogueRead } from '../catalogue/catalogue.ts';
import { useChanges } from '../changes/changes.tsx';
import { type ConsolePage, pages, sectionOf } from '../pages.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Failure } from '../parts/failure.tsx';
import { Page } from '../parts/page.tsx';
import { common } from '../texts/common.ts';
import { languages, useTexts } from '../texts/texts.ts';
import { Find } from './find.tsx';
import { base, useAsked, useGo } from './go.ts';
import { toHeading } from './heading.ts';
import { MeContext, useMay } from './me.ts';
import { type Appearance, usePreferences } from './preferences.ts';
import { Strips } from './strips.tsx';
import { Told } from './tell.tsx';
import { type ShellTexts, shellTexts } from './texts.ts';

/** Asks before unsaved edits are lost. */
const Leaving = () => {
  const { unsaved } = useTexts(common);
  const { to, leave, stay } = useAsked();
  if (to === undefined) return null;
  return (
    <Dialog title={unsaved.title} yes={unsaved.leave} no={unsaved.stay} onYes={leave} onClose={stay}>
      {unsaved.text}
    </Dialog>
  );
};

const useFollow = () => {
  const go = useGo();
  return (event: { preventDefault(): void; detail: { href?: string | undefined; external?: boolean | undefined } }) => {
    const { href, external } = event.detail;
    if (external || !href?.startsWith(base)) return;
    event.preventDefault();
    go(href.slice(base.length) || '/');
  };
};

const useEntries = (isOpen: (page: ConsolePage) => boolean, operators: boolean): SideNavigationProps.Item[] => {
  const t = useTexts(shellTexts);
  const me = useContext(MeContext);
  const listed = pages.filter((one) => one.entry && (one.operators ?? false) === operators && isOpen(one));
  const said = (text: NonNullable<ConsolePage['entry']>['text']) =>
    t.pages[typeof text === 'function' ? text(me) : text];
  return (Object.keys(t.sections) as (keyof ShellTexts['sections'])[]).flatMap((section) => {
    const items = listed.flatMap(({ entry, path }) =>
      entry?.section === section ? [{ type: 'link' as const, text: said(entry.text), href: base + path }] : [],
    );
    return items.length > 0 ? [{ type: 'section' as const, text: t.sections[section], items }] : [];
  });
};

const usePreferenceMenu = (): TopNavigationProps.MenuDropdownUtility => {
  const t = useTexts(shellTexts);
  const { language, appearance, setLanguage, setAppearance } = usePreferences();
  const looks = Object.keys(t.appearances) as Appearance[];
  return {
    type: 'menu-dropdown',
    iconName: 'settings',
    ariaLabel: `${t.language}, ${t.appearance}`,
    title: `${t.language}, ${t.appearance}`,
    items: [
      {
        id: 'language',
        text: t.language,
        items: languages.map((id) => ({
          id: `language:${id}`,
          itemType: 'checkbox',
          text: t.languages[id],
          checked: id === language,
        })),
      },
      {
        id: 'appearance',
        text: t.appearance,
        items: looks.map((id) => ({
          id: `appearance:${id}`,
          itemType: 'checkbox',
          text: t.appearances[id],
          checked: id === appearance,
        })),
      },
    ],
    onItemClick({ detail: { id } }) {
      const [what, value] = id.split(':');
      if (what === 'language') setLanguage(value as never);
      else setAppearance(value as never);
    },
  };
};

/** The ways out, under a name. */
const useLeaveMenu = (name: string): TopNavigationProps.MenuDropdownUtility => {
  const t = useTexts(shellTexts);
  return {
    type: 'menu-dropdown',
    iconName: 'user-profile',
    text: name,
    items: [
      { id: 'other', text: t.signInAsOther },
      { id: 'out', text: t.signOut },
    ],
    onItemClick({ detail: { id } }) {
      if (id === 'other') void signIn('person', true);
      else void signOut();
    },
  };
};

const Layout = ({
  navigation,
  utilities,
  waiting = 0,
  search,
  children,
}: {
  navigation: readonly SideNavigationProps.Item[];
  utilities: readonly TopNavigationProps.Utility[];
  /** How many changes wait: on a telephone *Submit changes* is behind *More*. */
  waiting?: number;
  search?: ReactNode;
  children: ReactNode;
}) => {
  const t = useTexts(shellTexts);
  const follow = useFollow();
  const [path] = useLocation();
  const [open, setOpen] = useState(innerWidth > 900);
  const active = sectionOf(path);
  const shown = useRef(path);
  useEffect(() => {
    // The first page keeps the focus where the browser begins.
    if (shown.current !== path) toHeading();
    shown.current = path;
  }, [path]);
  return (
    <>
      <a href="#content" className="skip">
        {t.skip}
      </a>
      <div id="top">
        <TopNavigation
          identity={{ href: `${base}/`, title: t.product, onFollow: follow }}
          search={search}
          utilities={[...utilities]}
          i18nStrings={{ overflowMenuTriggerText: t.moreWith(waiting), overflowMenuTitleText: t.more }}
        />
      </div>
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigationHide={navigation.length === 0}
        navigationOpen={open}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        ariaLabels={{
          navigation: t.navigation,
          navigationToggle: t.openNavigation,
          navigationClose: t.closeNavigation,
        }}
        navigation={<SideNavigation activeHref={base + (active?.path ?? path)} items={navigation} onFollow={follow} />}
        notifications={<Told />}
        content={
          <div id="content" tabIndex={-1}>
            {children}
          </div>
        }
      />
      <Leaving />
    </>
  );
};

/** The frame of a person who administers a tenant. */
export const Frame = ({ session, children }: { session: SignedIn; children: ReactNode }) => {
  const t = useTexts(shellTexts);
  const go = useGo();
  const may = useMay();
  const follow = useFollow();
  const me = useContext(MeContext);
  const catalogue = useCatalogueRead();
  const { gathers, waiting } = useChanges();
  const preferences = usePreferenceMenu();
  const navigation = useEntries(
    ({ needs, shows }) => (needs === undefined || may(needs)) && (!me || shows?.(me) !== false),
    false,
  );
  const utilities: TopNavigationProps.Utility[] = [
    ...(gathers && waiting.length > 0
      ? [
          {
            type: 'button' as const,
            variant: 'primary-button' as const,
            text: t.submitChanges(waiting.length),
            onClick: () => go('/changes'),
          },
        ]
      : []),
    ...(may('listRoles')
      ? [
          {
            type: 'button' as const,
            text: t.accessRights,
            href: `${base}/roles`,
            onFollow: follow,
          },
          {
            type: 'menu-dropdown' as const,
            text: t.options,
            items: [
              {
                id: '/roles',
                text: t.rolesAndPermissions,
                secondaryText: t.rolesAndPermissionsHint,
                href: `${base}/roles`,
              },
            ],
            onItemFollow: follow,
          },
        ]
      : []),
    preferences,
    {
      type: 'menu-dropdown',
      iconName: 'user-profile',
      text: me?.user.name ?? session.name ?? '',
      description: me?.tenant.name ?? '',
      items: [
        { id: 'me', text: t.myRights },
        { id: 'other', text: t.signInAsOther },
        ...(session.settings.operatorScope === undefined ? [] : [{ id: 'operator', text: t.signInAsOperator }]),
        { id: 'out', text: t.signOut },
      ],
      onItemClick({ detail: { id } }) {
        if (id === 'me') go('/me');
        else if (id === 'other') void signIn('person', true);
        else if (id === 'operator') void signIn('operator', true);
        else void signOut();
      },
    },
  ];
  return (
    <Layout navigation={navigation} utilities={utilities} waiting={gathers ? waiting.length : 0} search={<Find />}>
      <SpaceBetween size="l">
        <Strips />
        {catalogue.data !== undefined ? (
          children
        ) : catalogue.error ? (
          <Page title={t.catalogueUnread}>
            <Failure error={catalogue.error} />
          </Page>
        ) : null}
      </SpaceBetween>
    </Layout>
  );
};

/** The frame around the one page of somebody whom the service does not let in. */
export const BareFrame = ({ session, children }: { session: SignedIn; children: ReactNode }) => {
  const t = useTexts(shellTexts);
  const preferences = usePreferenceMenu();
  const leave = useLeaveMenu(session.name ?? t.signOut);
  return (
    <Layout navigation={[]} utilities={[preferences, leave]}>
      {children}
    </Layout>
  );
};

/** The frame of an operator, who has no access inside a tenant. */
export const OperatorFrame = ({ session, children }: { session: SignedIn; children: ReactNode }) => {
  const t = useTexts(shellTexts);
  const preferences = usePreferenceMenu();
  const leave = useLeaveMenu(session.name ?? t.sections.operators);
  const navigation = useEntries(() => true, true);
  return (
    <Layout navigation={navigation} utilities={[preferences, leave]}>
      {children}
    </Layout>
  );
};
