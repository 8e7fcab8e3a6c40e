// Going to another page: by a click, by code, by the back button. A page with edits that are not saved is asked for.
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { useBrowserLocation } from 'wouter/use-browser-location';

export const base = '/console';

/** Edits that would be lost, by the component that has them. */
const unsaved = new Set<symbol>();
/** Where somebody wants to go while there are unsaved edits. */
let asked: string | undefined;
const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};
const listen = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** Says that leaving this page would lose something. */
export const useUnsaved = (dirty: boolean): void =>
  useEffect(() => {
    if (!dirty) return;
    const mark = Symbol();
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    unsaved.add(mark);
    tell();
    addEventListener('beforeunload', warn);
    return () => {
      unsaved.delete(mark);
      tell();
      removeEventListener('beforeunload', warn);
      // They were saved while the question was open: nothing would be lost any more.
      queueMicrotask(() => {
        if (unsaved.size === 0 && asked !== undefined) leave();
      });
    };
  }, [dirty]);

/** Whether leaving the page would lose something. */
export const useIsUnsaved = (): boolean => useSyncExternalStore(listen, () => unsaved.size > 0);

/** Goes where somebody wanted to go. */
const leave = (): void => {
  const there = asked;
  asked = undefined;
  unsaved.clear();
  if (there !== undefined) history.pushState(null, '', there);
  tell();
};

/** The place that waits for an answer, and how to answer. */
export const useAsked = (): { readonly to: string | undefined; leave(): void; stay(): void } => {
  const to = useSyncExternalStore(listen, () => asked);
  return {
    to,
    leave,
    stay() {
      asked = undefined;
      tell();
    },
  };
};

const pathOf = (url: string): string => new URL(url, location.href).pathname;

/** The router's place: the browser's, except that unsaved edits are asked for. */
export const useGuardedLocation: typeof useBrowserLocation = (options) => {
  const [place, navigate] = useBrowserLocation(options);
  const guarded: typeof navigate = useCallback(
    (to, how) => {
      if (unsaved.size > 0 && pathOf(String(to)) !== location.pathname) {
        asked = String(to);
        tell();
      } else navigate(to, how);
    },
    [navigate],
  );
  return [place, guarded];
};

let last = location.href;
const noted = () => {
  last = location.href;
};
for (const event of ['pushState', 'replaceState']) addEventListener(event, noted);
// The back button has moved already when it is heard of, so the place is put back before the question.
addEventListener(
  'popstate',
  (event) => {
    if (unsaved.size > 0 && pathOf(last) !== location.pathname) {
      const { pathname, search } = location;
      history.pushState(null, '', last);
      asked = pathname + search;
      event.stopImmediatePropagation();
      tell();
    } else noted();
  },
  { capture: true },
);

type Follow = {
  readonly href: string;
  onFollow(event: { preventDefault(): void; detail: { href?: string | undefined; external?: boolean } }): void;
};

/** Opens a page of the console by its path below `/console`. */
export const useGo = (): ((path: string, how?: { replace?: boolean }) => void) => {
  const [, navigate] = useGuardedLocation();
  return useCallback((path, how) => navigate(base + path, how), [navigate]);
};

/** The props of a link to a page of the console. */
export const useLink = (): ((path: string) => Follow) => {
  const go = useGo();
  return useCallback(
    (path) => ({
      href: base + path,
      onFollow(event) {
        event.preventDefault();
        go(path);
      },
    }),
    [go],
  );
};
