// Adding a person or a client. What a new person starts with is rehearsed, so that the catalogue says it (FP-03, FP-04).
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type AnswerOf, HoldfastProblem, type RequestOf } from '../../../../clients/typescript/index.ts';
import { api } from '../../api/client.ts';
import { queries } from '../../api/reads.ts';
import { useCatalogue, useTitles } from '../../catalogue/catalogue.ts';
import { fieldError, useChanges } from '../../changes/changes.tsx';
import { toFirstWrong } from '../../parts/wrong.ts';
import { useMay, useMe } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { userTexts } from './texts.ts';

type NewUser = RequestOf<'createUser'>['body'];
type Created = AnswerOf<'createUser'>;

/** The permissions of a new user by kind; undefined until it is known. */
const useStart = (kind: NewUser['kind']): readonly string[] | undefined =>
  useQuery({
    queryKey: ['startOfUser', kind],
    queryFn: async () => {
      const { effect } = await api.createUser({ body: { kind, name: 'New' }, dryRun: true });
      return [...new Set(effect.users.flatMap(({ gained }) => gained.map(({ permission }) => permission)))];
    },
    staleTime: 60_000,
  }).data;

/** Every right that the new user will hold at once, with what it opens. */
const Start = ({ kind }: { kind: NewUser['kind'] }) => {
  const t = useTexts(userTexts);
  const { accessManager } = useMe();
  const titleOf = useTitles();
  const catalogue = useCatalogue();
  const start = useStart(kind);
  if (start === undefined) return null;
  const described = (id: string) => catalogue?.permissions.find((one) => one.id === id)?.description;
  return (
    <Alert type="info" header={t.start}>
      {start.length > 0 && (
        <ul>
          {start.map((id) => (
            <li key={id}>
              <strong>{titleOf(id)}</strong> {described(id)}
            </li>
          ))}
        </ul>
      )}
      {/* Of others, one sees only the permissions that one holds oneself (FP-14). */}
      {accessManager ? t.nothingElse(start.length > 0) : t.perhapsMore}
    </Alert>
  );
};

/** The names of those who have a user name. */
const namesakes = (login: string) => ({
  queryKey: ['namesakes', login],
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<string[]> => {
    const { items } = await api.listUsers({ query: { search: login, limit: 200 }, signal });
    const same = login.toLocaleLowerCase();
    return items.filter((one) => one.login?.toLocaleLowerCase() === same).map(({ name }) => name);
  },
});

const emptied = { name: '', login: '', mail: '', externalId: '', issuer: '', subject: '' };

export const AddUser = ({
  onClose,
  onCreated,
}: {
  onClose(): void;
  onCreated(user: Created, invite: boolean): void;
}) => {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const may = useMay();
  const { accessManager } = useMe();
  const { save } = useChanges();
  const [kind, setKind] = useState<NewUser['kind']>('person');
  const [fields, setFields] = useState(emptied);
  const [inviting, setInviting] = useState(true);
  const [problem, setProblem] = useState<HoldfastProblem>();
  /** Somebody has tried to add the user without a name. */
  const [nameless, setNameless] = useState(false);
  /** The user name by which others are looked for: one request for it, once the field is left. */
  const [leftLogin, setLeftLogin] = useState('');
  const [busy, setBusy] = useState(false);

  const { name, login, mail, externalId, issuer, subject } = fields;
  const bound = kind === 'machine' && issuer !== '' && subject !== '';
  const given = <T extends object>(all: T): T =>
    Object.fromEntries(Object.entries(all).filter(([, text]) => text !== '')) as T;
  const body: NewUser =
    kind === 'person'
      ? { kind, name, ...given({ login, mail, externalId }) }
      : { kind, name, ...given({ externalId }), ...((issuer || subject) && { identity: { issuer, subject } }) };

  const others = useQuery({
    ...namesakes(leftLogin),
    enabled: kind === 'person' && leftLogin !== '' && may('listUsers'),
  }).data;
  const same = kind === 'person' && leftLogin === login.trim() ? (others ?? []) : [];
  /** Whether it is told now that somebody has this user name; what was told before is known. */
  const tellsOfOthers = async (): Promise<boolean> => {
    const wanted = login.trim();
    if (kind !== 'person' || wanted === '' || !may('listUsers') || same.length > 0) return false;
    setLeftLogin(wanted);
    // It is a help only: without it the user is added.
    return (await queries.fetchQuery(namesakes(wanted)).catch(() => [])).length > 0;
  };
  /** What is wrong with the other fields of a user without a name. */
  const rehearse = async (): Promise<HoldfastProblem | undefined> => {
    try {
      await api.createUser({ body: { ...body, name: 'New' }, dryRun: true });
    } catch (error) {
      if (error instanceof HoldfastProblem) return error;
    }
    return undefined;
  };
  const add = async () => {
    setBusy(true);
    const isNameless = name.trim() === '';
    setNameless(isNameless);
    if (isNameless) setProblem(await rehearse());
    else if (!(await tellsOfOthers())) await create();
    setBusy(false);
    toFirstWrong();
  };
  const create = async () => {
    const outcome = await save([{ operation: 'createUser', body }], { now: true, done: t.created(name) });
    if (outcome.became === 'left') setProblem(outcome.problem);
    else if (outcome.became === 'done') onCreated(outcome.answer[0]?.body as Created, inviting && !bound);
  };

  const field = (id: keyof typeof emptied, options: { pointer?: string; hint?: string; inputMode?: 'email' } = {}) => (
    <FormField
      label={t.fields[id]}
      description={options.hint}
      errorText={
        id === 'name' && nameless && name.trim() === ''
          ? words.required
          : fieldError(problem, options.pointer ?? `/${id}`)
      }
      warningText={id === 'login' && same.length > 0 && t.sameLogin(same.join(', '))}
    >
      <Input
        value={fields[id]}
        {...(options.inputMode && { inputMode: options.inputMode })}
        onChange={({ detail }) => setFields({ ...fields, [id]: detail.value })}
        {...(id === 'name' && { ariaRequired: true })}
        {...(id === 'login' && { onBlur: () => setLeftLogin(login.trim()) })}
      />
    </FormField>
  );
  return (
    <Modal visible onDismiss={onClose} closeAriaLabel={words.cancel} header={t.add}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={onClose}>
                {words.cancel}
              </Button>
              <Button variant="primary" loading={busy}>
                {same.length > 0 ? t.addAnyway : words.add}
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="m">
            <FormField label={t.kind}>
              <Tiles
                value={kind}
                ariaLabel={t.kind}
                onChange={({ detail }) => setKind(detail.value as NewUser['kind'])}
                items={[
                  { value: 'person', label: words.kinds.person, description: t.personIs },
                  { value: 'machine', label: words.kinds.machine, description: t.machineIs },
                ]}
              />
            </FormField>
            <Start kind={kind} />
            {field('name', { hint: words.nameHint })}
            {kind === 'person' && field('login', { hint: t.loginHint })}
            {kind === 'person' && field('mail', { inputMode: 'email' })}
            {field('externalId', { hint: t.externalIdHint })}
            {kind === 'machine' && accessManager && (
              <>
                {field('issuer', { pointer: '/identity/issuer', hint: t.identityHint })}
                {field('subject', { pointer: '/identity/subject' })}
              </>
            )}
            {may('inviteUser') && !bound && (
              <Checkbox checked={inviting} onChange={({ detail }) => setInviting(detail.checked)}>
                {t.inviteAtOnce}
              </Checkbox>
            )}
          </SpaceBetween>
        </Form>
      </form>
    </Modal>
  );
};
