// What stands in the place of something that could not be read.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { HoldfastProblem } from '../../../clients/typescript/index.ts';
import { refresh } from '../api/reads.ts';
import { signIn } from '../auth/session.ts';
import { changeTexts } from '../changes/texts.ts';
import { useGo } from '../shell/go.ts';
import { common } from '../texts/common.ts';
import { texts, useTexts } from '../texts/texts.ts';
import { ProblemText, useProblemTitle } from './problem.tsx';

const missing = texts({
  en: {
    titles: {
      user: 'There is no such user',
      role: 'There is no such role',
      rule: 'There is no such rule',
      group: 'There is no such group',
      policy: 'There is no such policy',
      source: 'There is no such directory',
      run: 'There is no such run',
      event: 'There is no such event',
      tenant: 'There is no such tenant',
    },
    text: 'It may have been deleted, or you may not see it.',
    toList: 'To the list',
  },
  fr: {
    titles: {
      user: 'Cet utilisateur n’existe pas',
      role: 'Ce rôle n’existe pas',
      rule: 'Cette règle n’existe pas',
      group: 'Ce groupe n’existe pas',
      policy: 'Cette stratégie n’existe pas',
      source: 'Cet annuaire n’existe pas',
      run: 'Cette exécution n’existe pas',
      event: 'Cet événement n’existe pas',
      tenant: 'Cette organisation n’existe pas',
    },
    text: 'Quelqu’un l’a peut-être supprimé, ou vous ne pouvez pas le voir.',
    toList: 'Vers la liste',
  },
});

/** What a page can be about. */
export type Kind = keyof (typeof missing)['en']['titles'];

/** Where things of a kind are listed. */
const lists: Readonly<Record<Kind, string>> = {
  user: '/users',
  role: '/roles',
  rule: '/rules',
  group: '/groups',
  policy: '/policies',
  source: '/directory/sources',
  run: '/directory/sources',
  event: '/audit',
  tenant: '/tenants',
};

/** In the place of a page about something that is not there: to try again would not help. */
const Missing = ({ kind }: { kind: Kind }) => {
  const t = useTexts(missing);
  const go = useGo();
  return (
    <Alert type="error" header={t.titles[kind]} action={<Button onClick={() => go(lists[kind])}>{t.toList}</Button>}>
      {t.text}
    </Alert>
  );
};

export const Failure = ({ error, of }: { error: Error; of?: Kind | undefined }) => {
  const t = useTexts(common);
  const words = useTexts(changeTexts);
  const titleOf = useProblemTitle();
  const problem = error instanceof HoldfastProblem ? error : undefined;
  const ended = problem?.code === 'unauthenticated';
  if (of !== undefined && problem?.code === 'not-found') return <Missing kind={of} />;
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
