// Short messages at the top of the page: what is done, and what is worth knowing with it. Nobody has to be fast to read one:
// what is done goes with the next thing that the person does (another page or tab, an edit, another change), and a warning
// when it is closed, with the next change, or by the next page but one.
import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from 'react';
import { useBrowserLocation, useSearch } from 'wouter/use-browser-location';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { useIsUnsaved } from './go.ts';

interface Message {
  readonly type: 'success' | 'info' | 'warning';
  /** What says a state of things reads it, so that it stays true. */
  readonly content: ReactNode;
  /** Where it goes on from here. */
  readonly action?: ReactNode;
  /** The person goes on where they are: the page is not scrolled to the message. */
  readonly here?: boolean;
}

interface Told extends FlashbarProps.MessageDefinition {
  readonly id: string;
  readonly here: boolean;
  /** Pages that were opened since. */
  readonly pages: number;
  /** What the person had done until then. */
  readonly acts: number;
}

const TellContext = createContext<(message: Message) => void>(() => {});
const ToldContext = createContext<readonly Told[]>([]);

/** Tells the person something. */
export const useTell = () => useContext(TellContext);

let told = 0;

const isWarning = ({ type }: Told) => type === 'warning';

export const TellProvider = ({ children }: { children: ReactNode }) => {
  const t = useTexts(common);
  const [messages, setMessages] = useState<readonly Told[]>([]);
  const [path] = useBrowserLocation();
  const search = useSearch();
  const unsaved = useIsUnsaved();
  const acts = useRef(0);
  useEffect(() => {
    const act = () => {
      acts.current += 1;
    };
    addEventListener('pointerdown', act, true);
    addEventListener('keydown', act, true);
    return () => {
      removeEventListener('pointerdown', act, true);
      removeEventListener('keydown', act, true);
    };
  }, []);
  // Another path is another page. A page that follows by itself on what was done still says that it is done.
  useEffect(() => {
    setMessages((all) => all.flatMap((one) => (one.pages > 0 ? [] : [{ ...one, pages: one.pages + 1 }])));
  }, [path]);
  useEffect(() => {
    const now = acts.current;
    setMessages((all) => all.filter((one) => isWarning(one) || one.acts === now));
  }, [path, search]);
  useEffect(() => {
    if (unsaved) setMessages((all) => all.filter(isWarning));
  }, [unsaved]);
  const tell = useCallback(
    ({ type, content, action, here = false }: Message) => {
      told += 1;
      const id = String(told);
      const one: Told = {
        id,
        type,
        content,
        action,
        here,
        pages: 0,
        acts: acts.current,
        ariaRole: 'status',
        dismissible: true,
        dismissLabel: t.close,
        onDismiss: () => setMessages((all) => all.filter((other) => other.id !== id)),
      };
      // A warning belongs to what was told before it; anything else tells of another change.
      setMessages((all) => (type === 'warning' ? [one, ...all.filter((other) => !isWarning(other))] : [one]));
    },
    [t],
  );
  return (
    <TellContext.Provider value={tell}>
      <ToldContext.Provider value={messages}>{children}</ToldContext.Provider>
    </TellContext.Provider>
  );
};

const dialog = () => document.querySelector('[role="dialog"]');

/** Does something at once, or as soon as no dialog is open any more. Answers how to think better of it. */
const whenNoDialog = (act: () => void): (() => void) => {
  if (!dialog()) {
    act();
    return () => {};
  }
  let frame = 0;
  const observer = new MutationObserver(() => {
    if (dialog()) return;
    observer.disconnect();
    // The dialog gives the focus back first.
    frame = requestAnimationFrame(act);
  });
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    observer.disconnect();
    cancelAnimationFrame(frame);
  };
};

/** The messages. A new one is brought into sight, and takes the focus, except where a dialog has given it back. */
export const Told = () => {
  const messages = useContext(ToldContext);
  const area = useRef<HTMLDivElement>(null);
  const newest = messages[0]?.here === false ? messages[0].id : undefined;
  useEffect(() => {
    if (newest === undefined) return;
    scrollTo({ top: 0 });
    const asked = dialog() !== null;
    return whenNoDialog(() => {
      if (asked && document.activeElement !== document.body) return;
      area.current
        ?.querySelector<HTMLElement>(`[data-itemid="${newest}"] [tabindex="-1"]`)
        ?.focus({ preventScroll: true });
    });
  }, [newest]);
  return (
    <div ref={area}>
      <Flashbar items={messages.map(({ here: _, pages: __, acts: ___, ...item }) => item)} />
    </div>
  );
};
