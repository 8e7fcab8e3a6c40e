// Short messages at the top of the page: done, warned, failed. Each leaves when it is closed, or by the next page but one.
import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';

type Message = Pick<FlashbarProps.MessageDefinition, 'type' | 'content' | 'header' | 'action'>;

const TellContext = createContext<(message: Message) => void>(() => {});
const ToldContext = createContext<readonly FlashbarProps.MessageDefinition[]>([]);

/** Tells the person something. */
export const useTell = () => useContext(TellContext);

/** At most so many at once, the newest first. */
const most = 4;
let told = 0;

export const TellProvider = ({ children }: { children: ReactNode }) => {
  const t = useTexts(common);
  const [messages, setMessages] = useState<readonly FlashbarProps.MessageDefinition[]>([]);
  const tell = useCallback(
    (message: Message) => {
      told += 1;
      const id = String(told);
      const close = () => setMessages((all) => all.filter((one) => one.id !== id));
      const one = { ...message, id, dismissible: true, dismissLabel: t.close, onDismiss: close };
      setMessages((all) => [one, ...all.filter(({ content }) => content !== message.content)].slice(0, most));
    },
    [t],
  );
  return (
    <TellContext.Provider value={tell}>
      <ToldContext.Provider value={messages}>{children}</ToldContext.Provider>
    </TellContext.Provider>
  );
};

export const Told = () => <Flashbar items={[...useContext(ToldContext)]} />;
