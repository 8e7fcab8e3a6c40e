// What stands in the place of something that could not be read.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { HoldfastProblem } from '../../../clients/typescript/index.ts';
import { refresh } from '../api/reads.ts';
import { signIn } from '../auth/session.ts';
import { changeTexts } from '../changes/texts.ts';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { ProblemText, useProblemTitle } from './problem.tsx';

export const Failure = ({ error }: { error: Error }) => {
  const t = useTexts(common);
  const words = useTexts(changeTexts);
  const titleOf = useProblemTitle();
  const problem = error instanceof HoldfastProblem ? error : undefined;
  const ended = problem?.code === 'unauthenticated';
  return (
    <Alert
      type="error"
      header={problem ? titleOf({ code: problem.code, title: problem.document.title }) : t.error}
      action={
        ended ? (
          <Button onClick={() => void signIn()}>{words.signInAgain}</Button>
        ) : (
          <Button onClick={() => void refresh()}>{t.tryAgain}</Button>
        )
      }
    >
      {ended ? (
        words.signedOut
      ) : problem ? (
        <ProblemText code={problem.code} title={problem.document.title} detail={problem.detail} />
      ) : (
        words.unreachable
      )}
    </Alert>
  );
};
