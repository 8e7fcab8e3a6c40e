// Who is signed in, and what that person may do: read once, before the first page.
import { createContext, useContext } from 'react';
import type { AnswerOf } from '../../../clients/typescript/index.ts';

export type Me = AnswerOf<'getMe'>;

export const MeContext = createContext<Me | undefined>(undefined);

export const useMe = (): Me => {
  const me = useContext(MeContext);
  if (!me) throw new Error('Nobody is signed in.');
  return me;
};

/** Whether the person may call an operation. The service decides anew at every request; this only shapes the page. */
export const useMay = (): ((operation: string) => boolean) => {
  const { operations } = useMe();
  return (operation) => operations.includes(operation);
};
