// A page's frame: its heading, its way back, and what it shows while it loads or cannot.
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Spinner from '@cloudscape-design/components/spinner';
import { type ReactNode, useEffect } from 'react';
import { base, useGo } from '../shell/go.ts';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { Failure, type Kind } from './failure.tsx';

/** A place above this page. */
interface Above {
  readonly text: string;
  readonly path: string;
}

/** Sets the title of the window for as long as it is shown. */
export const useTitle = (title: string | undefined): void =>
  useEffect(() => {
    document.title = title === undefined ? 'Holdfast' : `${title} · Holdfast`;
  }, [title]);

export const Page = ({
  title,
  above = [],
  description,
  actions,
  info,
  children,
}: {
  title: string;
  above?: readonly Above[];
  description?: ReactNode;
  actions?: ReactNode;
  info?: ReactNode;
  children: ReactNode;
}) => {
  const go = useGo();
  const t = useTexts(common);
  useTitle(title);
  const path = location.pathname.slice(base.length);
  return (
    <ContentLayout
      breadcrumbs={
        above.length > 0 && (
          <BreadcrumbGroup
            ariaLabel={t.back}
            items={[
              ...above.map((one) => ({ text: one.text, href: base + one.path })),
              { text: title, href: base + path },
            ]}
            onFollow={(event) => {
              event.preventDefault();
              go(event.detail.href.slice(base.length));
            }}
          />
        )
      }
      header={
        <Header variant="h1" description={description} actions={actions} info={info}>
          {title}
        </Header>
      }
    >
      {children}
    </ContentLayout>
  );
};

/** Shows what was read; until then that it is being read, or why it could not be: as a `page` where that is all of it. */
export const Loaded = <T,>({
  query,
  page,
  of,
  children,
}: {
  query: { data: T | undefined; error: Error | null };
  page?: { readonly title: string; readonly above: readonly Above[] };
  /** What the page is about. */
  of?: Kind;
  children(data: T): ReactNode;
}) => {
  const t = useTexts(common);
  if (query.data !== undefined) return children(query.data);
  const instead = query.error ? (
    <Failure error={query.error} of={of} />
  ) : (
    <div role="status">
      <Spinner size="large" /> {t.loading}
    </div>
  );
  return page ? <Page {...page}>{instead}</Page> : instead;
};
