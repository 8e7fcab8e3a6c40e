// What the service says of a refusal, in the reader's language: its own words are English.
import { type ReactNode, useContext } from 'react';
import { common } from '../texts/common.ts';
import { RefusalTextsContext } from '../texts/refusals.ts';
import { useTexts } from '../texts/texts.ts';

/** A problem document, or as much of it as there is. */
interface Said {
  readonly code?: string | undefined;
  readonly title?: string | undefined;
  readonly detail?: string | undefined;
}

/** The title of a refusal. */
export const useProblemTitle = (): ((said: Said) => string) => {
  const texts = useContext(RefusalTextsContext);
  const words = useTexts(common);
  return ({ code = '', title }) => texts?.[code]?.title ?? title ?? words.error;
};

/** English words of the service on a page that may be in another language. */
export const InEnglish = ({ children }: { children: ReactNode }) => <span lang="en">{children}</span>;

/**
 * What to do about a refusal; and where that is not in the service's words, those after it when they say more.
 * @param own the service's words in the reader's language
 */
export const ProblemText = ({ code = '', title, detail, own }: Said & { own?: string | undefined }) => {
  const said = useContext(RefusalTextsContext)?.[code];
  if (!said) return own ?? detail;
  return (
    <>
      {said.text}
      {own !== undefined && <div>{own}</div>}
      {own === undefined && detail !== undefined && detail !== title && (
        <div>
          <InEnglish>{detail}</InEnglish>
        </div>
      )}
    </>
  );
};

/** What is wrong with a field. */
export const FieldText = ({ message }: { message: string }) => {
  const words = useTexts(common);
  const translated = useContext(RefusalTextsContext) !== undefined;
  if (!translated) return message;
  return (
    <>
      {words.notAccepted}
      {words.colon}
      <InEnglish>{message}</InEnglish>
    </>
  );
};
