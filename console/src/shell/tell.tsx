// Short messages at the top of the page: done, warned, failed. Each leaves when it is closed, or by the next page but one;
// what is done, as soon as the person goes to another page.
import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from 'react';
import { useBrowserLocation } from 'wouter/use-browser-location';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';

type Message = Pick<FlashbarProps.MessageDefinition, 'type' | 'content' | 'header' | 'action'> & {
  /** What it is about: a later message about the same takes its place. */
  readonly about?: string;
};

interface Told extends FlashbarProps.MessageDefinition {
  readonly about: string;
  /** Pages that were opened since. */
  readonly pages: number;
  /** What the person had done until then. */
  readonly acts: number;
}

const TellContext = createContext<(message: Message) => void>(() => {});
const ToldContext = createContext<readonly Told[]>([]);

/** Tells the person something. */
export const useTell = () => useContext(TellContext);

/** At most so many at once, the newest first. */
const most = 2;
let told = 0;

export const TellProvider = ({ children }: { children: ReactNode }) => {
  const t = useTexts(common);
  const [messages, setMessages] = useState<readonly Told[]>([]);
  const [path] = useBrowserLocation();
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
    const now = acts.current;
    setMessages((all) =>
      all.flatMap((one) =>
        one.pages > 0 || (one.type === 'success' && one.acts < now) ? [] : [{ ...one, pages: one.pages + 1 }],
      ),
    );
  }, [path]);
  const tell = useCallback(
    ({ about, ...message }: Message) => {
      told += 1;
      const id = String(told);
      const close = () => setMessages((all) => all.filter((one) => one.id !== id));
      const one = {
        ...message,
        about: about ?? String(message.content),
        pages: 0,
        acts: acts.current,
        id,
        dismissible: true,
        dismissLabel: t.close,
        onDismiss: close,
      };
      setMessages((all) => [one, ...all.filter((other) => other.about !== one.about)].slice(0, most));
    },
    [t],
  );
  return (
    <TellContext.Provider value={tell}>
      <ToldContext.Provider value={messages}>{children}</ToldContext.Provider>
    </TellContext.Provider>
  );
};

export const Told = () => (
  <Flashbar items={useContext(ToldContext).map(({ about: _, pages: __, acts: ___, ...item }) => item)} />
);
