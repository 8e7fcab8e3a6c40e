// What is said of refusals in place of the service's English words, by problem code; undefined in English.
import { createContext } from 'react';

export interface RefusalText {
  readonly title: string;
  /** What to do. */
  readonly text: string;
}

/** A later release of the service may know further codes. */
export type RefusalTexts = Readonly<Partial<Record<string, RefusalText>>>;

export const RefusalTextsContext = createContext<RefusalTexts | undefined>(undefined);
