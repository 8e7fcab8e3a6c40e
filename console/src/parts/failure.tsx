// What stands in the place of something that could not be read.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { HoldfastProblem } from '../../../clients/typescript/index.ts';
import { refresh } from '../api/reads.ts';
import { signIn } from '../auth/session.ts';
import { changeTexts } from '../changes/texts.ts';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';

export const Failure = ({ error }: { error: Error }) => {
  const t = useTexts(common);
  const words = useTexts(changeTexts);
  const problem = error instanceof HoldfastProblem ? error : undefined;
  const ended = problem?.code === 'unauthenticated';
  return (
    <Alert
      type="error"
      header={problem?.document.title ?? t.error}
      action={
        ended ? (
          <Button onClick={() => void signIn()}>{words.signInAgain}</Button>
        ) : (
          <Button onClick={() => void refresh()}>{t.tryAgain}</Button>
        )
      }
    >
      {ended ? words.signedOut : (problem?.detail ?? (problem ? '' : words.unreachable))}
    </Alert>
  );
};
