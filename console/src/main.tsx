// Starts the console: signs in, reads who that is, and shows the page of the address.
import './base.css';
import { I18nProvider, type I18nProviderProps } from '@cloudscape-design/components/i18n';
import { keepPreviousData, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { type ReactNode, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { Redirect, Route, Router, Switch } from 'wouter';
import { HoldfastProblem } from '../../clients/typescript/index.ts';
import { queries, useRead } from './api/reads.ts';
import { type SignedIn, start } from './auth/session.ts';
import { ChangesProvider } from './changes/changes.tsx';
import { pages, sectionOf } from './pages.ts';
import { Loaded, Page } from './parts/page.tsx';
import { Forbidden } from './shell/forbidden.tsx';
import { BareFrame, Frame, OperatorFrame } from './shell/frame.tsx';
import { base, useGuardedLocation } from './shell/go.ts';
import { Invited } from './shell/invited.tsx';
import { MeContext } from './shell/me.ts';
import { NotFound } from './shell/not-found.tsx';
import { NotLetIn } from './shell/not-let-in.tsx';
import { usePreferences } from './shell/preferences.ts';
import { TellProvider } from './shell/tell.tsx';
import { shellTexts } from './shell/texts.ts';
import { common } from './texts/common.ts';
import { type RefusalTexts, RefusalTextsContext } from './texts/refusals.ts';
import { type Language, LanguageContext, useTexts } from './texts/texts.ts';

interface Loads {
  readonly messages: I18nProviderProps.Messages;
  readonly refusals?: RefusalTexts;
}

/** What is loaded for a language: the words of the component library, and those for refusals. */
const loads: Record<Language, () => Promise<Loads>> = {
  en: async () => ({ messages: (await import('@cloudscape-design/components/i18n/messages/all.en')).default }),
  async fr() {
    const [{ default: messages }, { default: refusals }] = await Promise.all([
      import('@cloudscape-design/components/i18n/messages/all.fr'),
      import('./texts/refusals.fr.ts'),
    ]);
    return { messages, refusals };
  },
};

/** The words of the component library and our own, in the person's language. */
const InLanguage = ({ children }: { children: ReactNode }) => {
  const { language } = usePreferences();
  const { data } = useQuery({
    queryKey: ['words', language],
    queryFn: async () => ({ language, ...(await loads[language]()) }),
    staleTime: Number.POSITIVE_INFINITY,
    // Without it, what is typed on the page would go while the other language is loaded.
    placeholderData: keepPreviousData,
  });
  if (data === undefined) return null;
  return (
    <LanguageContext value={data.language}>
      <RefusalTextsContext value={data.refusals}>
        <I18nProvider locale={data.language} messages={[data.messages]}>
          {children}
        </I18nProvider>
      </RefusalTextsContext>
    </LanguageContext>
  );
};

/** The first page of the navigation that the person may open. */
const firstOf = (operators: boolean, may: (operation: string) => boolean): string =>
  pages.find(
    ({ entry, needs, operators: theirs = false }) =>
      entry && theirs === operators && (needs === undefined || may(needs)),
  )?.path ?? '/me';

const Pages = ({ operators, may }: { operators: boolean; may: (operation: string) => boolean }) => {
  const t = useTexts(common);
  const listed = pages.filter((one) => (one.operators ?? false) === operators);
  return (
    <Suspense fallback={<div role="status">{t.loading}</div>}>
      <Switch>
        <Route path="/">
          <Redirect to={firstOf(operators, may)} replace />
        </Route>
        {listed.map(({ path, page: Content, needs }) => (
          <Route key={path} path={path}>
            {/* The page of another id is another page: it takes nothing over. */}
            {(params) =>
              needs === undefined || may(needs) ? (
                <Content key={JSON.stringify(params)} params={params as Record<string, string>} />
              ) : (
                <Forbidden needs={sectionOf(path)?.needs ?? needs} />
              )
            }
          </Route>
        ))}
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </Suspense>
  );
};

/** Loads the page of the address while it is asked who the person is. */
const preloadPage = (): void => {
  const path = location.pathname.slice(base.length);
  pages.find((one) => one.path === path)?.page.preload();
};

const OfPerson = ({ session }: { session: SignedIn }) => {
  const me = useRead('getMe', {});
  const code = me.error instanceof HoldfastProblem ? me.error.code : undefined;
  // Who was let in before keeps the page through a failure, unless it says that it is over.
  if (me.error && (me.data === undefined || code === 'unknown-user' || code === 'user-disabled'))
    return (
      <BareFrame session={session}>{code === 'unknown-user' ? <Invited /> : <NotLetIn error={me.error} />}</BareFrame>
    );
  return (
    <Loaded query={{ data: me.data?.body, error: null }}>
      {(body) => (
        <MeContext value={body}>
          <ChangesProvider>
            <Frame session={session}>
              <Pages operators={false} may={(operation) => body.operations.includes(operation)} />
            </Frame>
          </ChangesProvider>
        </MeContext>
      )}
    </Loaded>
  );
};

const Console = ({ session }: { session: SignedIn }) => (
  <StrictMode>
    <QueryClientProvider client={queries}>
      <InLanguage>
        <TellProvider>
          <Router base={base} hook={useGuardedLocation}>
            {session.kind === 'operator' ? (
              <ChangesProvider>
                <OperatorFrame session={session}>
                  <Pages operators may={() => true} />
                </OperatorFrame>
              </ChangesProvider>
            ) : (
              <OfPerson session={session} />
            )}
          </Router>
        </TellProvider>
      </InLanguage>
    </QueryClientProvider>
  </StrictMode>
);

const CannotStart = () => {
  const t = useTexts(shellTexts);
  return <Page title={t.cannotStart}>{null}</Page>;
};

const root = createRoot(document.getElementById('root') as HTMLElement);
try {
  const session = await start();
  if (session) {
    preloadPage();
    root.render(<Console session={session} />);
  }
} catch {
  root.render(<CannotStart />);
}
