// Every change of a tenant goes this way. It is rehearsed first: a refusal is told before anything is sent, and a change
// that takes something away says from whom. Then the catalogue decides: it is carried out at once, or gathered in
// a draft that *Submit changes* carries out (CT-25..27).
import Button from '@cloudscape-design/components/button';
import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import {
  type AnswerOf,
  HoldfastProblem,
  type PreviewOf,
  type Reply,
  type RequestOf,
  type WriteId,
} from '../../../clients/typescript/index.ts';
import { api } from '../api/client.ts';
import { queries, refresh } from '../api/reads.ts';
import { FieldText } from '../parts/problem.tsx';
import { useGo } from '../shell/go.ts';
import { MeContext } from '../shell/me.ts';
import { useTell } from '../shell/tell.tsx';
import { useTexts } from '../texts/texts.ts';
import { addedTo } from './added.ts';
import { ConfirmLosses, RefusalDialog } from './dialogs.tsx';
import { joined, readBack, type Step, written } from './steps.ts';
import { changeTexts } from './texts.ts';
import { useWarningTexts, warningsIn } from './warnings.ts';

export type Preview = PreviewOf<'submitChangeSet'>;
type Results = AnswerOf<'submitChangeSet'>['results'];

/** What became of a change. `left`: nothing happened, because it was refused or somebody thought better of it. */
export type Outcome<Answer = Results> =
  | { readonly became: 'done'; readonly answer: Answer }
  | { readonly became: 'gathered' }
  | { readonly became: 'left'; readonly problem?: HoldfastProblem };

interface SaveOptions {
  /** What is said once it is done. A function says it of what waits, too; then there are no results yet. */
  readonly done: string | ((results: Results | undefined) => ReactNode);
  /** Asks first, with this question, and says who would lose what. */
  readonly ask?: { readonly title: string; readonly text?: ReactNode; readonly yes: string };
  /** Carries it out now, whatever the catalogue says. */
  readonly now?: boolean;
  /** Codes of refusals that the caller answers itself, and words of warnings that it has told. */
  readonly knows?: readonly string[];
  /** The person goes on where they are: the page is not scrolled to what is said. */
  readonly here?: boolean;
}

type ActOptions = Pick<SaveOptions, 'ask'> & { readonly done: string };

interface Changes {
  /** Edits wait in a draft until they are submitted. */
  readonly gathers: boolean;
  /** The steps that wait; none where edits are saved at once. */
  readonly waiting: readonly Step[];
  readonly draft: Reply<'getDraft'> | undefined;
  /** The reading of that draft; null is none. */
  readonly read: { readonly data: Reply<'getDraft'> | null | undefined; readonly error: Error | null };
  /** Rehearses the steps, then carries them out or gathers them. */
  save(steps: readonly Step[], options: SaveOptions): Promise<Outcome>;
  /** Carries out one operation at once: for those that no change set can have. */
  act<Id extends WriteId>(id: Id, request: RequestOf<Id>, options: ActOptions): Promise<Outcome<AnswerOf<Id>>>;
  /** Replaces the steps that wait. */
  keep(steps: readonly Step[]): Promise<void>;
  /** Tells what is allowed and yet worth knowing, of a change that came another way. */
  warn(answer: unknown): Promise<void>;
  /** Shows a refusal that came another way. */
  refused(error: unknown): HoldfastProblem;
}

const ChangesContext = createContext<Changes | undefined>(undefined);

export const useChanges = (): Changes => {
  const changes = useContext(ChangesContext);
  if (!changes) throw new Error('There is no ChangesProvider around this.');
  return changes;
};

/** The draft of the console: one for each person, by its name. */
const draftName = 'Console';

const ownDraft = async (me: string): Promise<Reply<'getDraft'> | null> => {
  for await (const { id, name, author } of api.items('listDrafts'))
    if (author === me && name === draftName) return api.call('getDraft', { params: { draftId: id } });
  return null;
};

const draftOf = (author: string) => ({ queryKey: ['ownDraft', author], queryFn: () => ownDraft(author) });

const stepsOf = (draft: Reply<'getDraft'> | null | undefined): Step[] =>
  readBack((draft?.body.operations ?? []) as readonly Step[]);

const ToWaiting = () => {
  const t = useTexts(changeTexts);
  const go = useGo();
  return <Button onClick={() => go('/changes')}>{t.seeWaiting}</Button>;
};

/** Any failure as a problem, so that one dialog shows all. */
const problemOf = (error: unknown): HoldfastProblem =>
  error instanceof HoldfastProblem
    ? error
    : new HoldfastProblem(503, { code: 'busy', detail: error instanceof Error ? error.message : String(error) });

interface Asking {
  readonly ask: NonNullable<SaveOptions['ask']>;
  readonly effect: Preview['effect'];
  readonly beside?: string | undefined;
  answer(yes: boolean): void;
}

export const ChangesProvider = ({ children }: { children: ReactNode }) => {
  // Operators have no user, and save everything at once.
  const me = useContext(MeContext);
  const t = useTexts(changeTexts);
  const tell = useTell();
  const textsOf = useWarningTexts();
  const [refusal, setRefusal] = useState<{ problem: HoldfastProblem; gathered: boolean }>();
  const [asking, setAsking] = useState<Asking>();
  const gathers = me?.appliesChanges === 'onSubmit' && me.operations.includes('createDraft');
  const author = me?.user.id ?? '';
  const { data, error: unread } = useQuery({ ...draftOf(author), enabled: gathers });

  const changes = useMemo<Changes>(() => {
    const waiting = stepsOf(data);

    const confirmed = (ask: Asking['ask'], told: Pick<Asking, 'effect' | 'beside'>): Promise<boolean> =>
      new Promise((resolve) =>
        setAsking({
          ask,
          effect: told.effect,
          beside: told.beside,
          answer(yes) {
            setAsking(undefined);
            resolve(yes);
          },
        }),
      );

    const left = (error: unknown, knows: readonly string[] = []): Outcome<never> => {
      const problem = problemOf(error);
      // Wrong fields are shown beside the fields.
      if (problem.errors.length === 0 && !knows.includes(problem.code))
        setRefusal({ problem, gathered: gathers && waiting.length > 0 });
      return { became: 'left', problem };
    };

    const warn = async (answer: unknown, knows: readonly string[] = []): Promise<void> => {
      const warnings = warningsIn(answer).filter((warning) => !knows.includes(warning.split(':')[0] ?? ''));
      if (warnings.length > 0) tell({ type: 'warning', content: (await textsOf(warnings)).join(' ') });
    };

    /** The effect to tell before a step joins others: what it adds to theirs, or where that cannot be told, that of all. */
    const beside = async (before: readonly Step[], effect: Preview['effect']) => {
      const n = before.length;
      if (n === 0) return { effect };
      const first = await api.submitChangeSet({ body: { operations: written(before) }, dryRun: true });
      const added = first.outcome === 'refused' ? undefined : addedTo(first.effect, effect);
      return added ? { effect: added, beside: t.addedToWaiting(n) } : { effect, beside: t.withWaiting(n) };
    };

    // A draft that is not read yet, or could not be, is there all the same: a second one would hide it.
    const kept = () => queries.ensureQueryData(draftOf(author));

    const keep = async (steps: readonly Step[]): Promise<void> => {
      const body = { name: draftName, operations: written(steps) };
      const before = await kept();
      if (before === null) {
        if (steps.length > 0) await api.createDraft({ body });
      } else if (steps.length === 0) await api.deleteDraft({ params: { draftId: before.body.id } });
      else await api.putDraft({ params: { draftId: before.body.id }, body, ifMatch: before.etag ?? '*' });
      await queries.invalidateQueries({ queryKey: draftOf(author).queryKey });
    };

    return {
      gathers,
      waiting,
      draft: data ?? undefined,
      read: { data, error: unread },
      keep,
      warn,
      refused: (error) => {
        const problem = problemOf(error);
        setRefusal({ problem, gathered: false });
        return problem;
      },
      async save(steps, { done, ask, now = false, knows, here = false }) {
        const gathering = gathers && !now;
        try {
          const before = gathering ? stepsOf(await kept()) : [];
          const operations = gathering ? joined(before, steps) : [...steps];
          const body = { operations: written(operations) };
          const preview = await api.submitChangeSet({ body, dryRun: true });
          if (preview.outcome === 'refused')
            return left(new HoldfastProblem(preview.status, preview.problem ?? {}), knows);
          if (ask && !(await confirmed(ask, await beside(before, preview.effect)))) return { became: 'left' };
          if (gathering) {
            await keep(operations);
            const waits = t.gathered(operations.filter((step, at) => step === before[at]).length);
            tell({
              type: 'info',
              here,
              // On a telephone Submit is hidden at the top.
              action: <ToWaiting />,
              content:
                typeof done === 'string' ? (
                  waits
                ) : (
                  <>
                    {done(undefined)} {waits}
                  </>
                ),
            });
            const { results = [], ...together } = preview.answer ?? {};
            // What earlier steps warn of has been told with them.
            await warn({ ...together, results: results.filter((_, at) => operations[at] !== before[at]) }, knows);
            return { became: 'gathered' };
          }
          const answer = await api.submitChangeSet({ body });
          tell({ type: 'success', here, content: typeof done === 'string' ? done : done(answer.results) });
          await warn(answer, knows);
          await refresh();
          return { became: 'done', answer: answer.results };
        } catch (error) {
          return left(error, knows);
        }
      },
      async act(id, request, { done, ask }) {
        const call = api.call as unknown as (id: string, request: object) => Promise<{ body: never }>;
        try {
          if (ask) {
            const { body: preview } = (await call(id, { ...request, dryRun: true })) as { body: Preview };
            if (preview.outcome === 'refused') return left(new HoldfastProblem(preview.status, preview.problem ?? {}));
            if (!(await confirmed(ask, preview))) return { became: 'left' };
          }
          const { body } = await call(id, request);
          tell({ type: 'success', content: done });
          await warn(body);
          await refresh();
          return { became: 'done', answer: body };
        } catch (error) {
          return left(error);
        }
      },
    };
  }, [data, unread, gathers, author, t, tell, textsOf]);

  return (
    <ChangesContext.Provider value={changes}>
      {children}
      {refusal && <RefusalDialog {...refusal} onClose={() => setRefusal(undefined)} />}
      {asking && <ConfirmLosses {...asking} />}
    </ChangesContext.Provider>
  );
};

/** The message about one field of a refused request: `/name`, or that of a step's body. */
export const fieldError = (problem: HoldfastProblem | undefined, field: string): ReactNode => {
  const fault = problem?.errors.find((one) => one.field === field || one.field.endsWith(`/body${field}`));
  // The message goes on from the name of the field, which stands above it.
  return fault && <FieldText message={fault.message.replace(/^(?=(?:is|has|must|needs) )/, 'This ')} />;
};
