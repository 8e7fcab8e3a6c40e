// A dialog with some texts to fill in. It stays open with what was wrong, and closes once it is done or waits.
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { type ReactNode, useState } from 'react';
import type { HoldfastProblem } from '../../../clients/typescript/index.ts';
import { fieldError, type Outcome } from '../changes/changes.tsx';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { Dialog } from './dialog.tsx';
import { useProblemTitle } from './problem.tsx';
import { toFirstWrong } from './wrong.ts';

interface Field<Name extends string> {
  readonly name: Name;
  readonly label: string;
  /** Its place in the request, where a refusal names it. */
  readonly pointer: string;
  readonly description?: string;
  /** What may be written. */
  readonly hint?: string;
  readonly optional?: boolean;
  /** Has several lines. */
  readonly long?: boolean;
  /** What is proposed. */
  readonly start?: string;
}

export const FieldsDialog = <Name extends string>({
  title,
  yes,
  text,
  fields,
  more,
  onSave,
  onClose,
}: {
  title: string;
  /** On the button that does it. */
  yes: string;
  text?: ReactNode;
  fields: readonly Field<Name>[];
  /** What is chosen below the fields. */
  more?: ReactNode;
  onSave(values: Readonly<Record<Name, string>>): Promise<Outcome<unknown>>;
  onClose(): void;
}) => {
  const t = useTexts(common);
  const [typed, setTyped] = useState<Partial<Record<Name, string>>>({});
  const [refused, setRefused] = useState<{ problem: HoldfastProblem | undefined; values: object }>();
  const [busy, setBusy] = useState(false);
  /** What is lacking is said once somebody would go on without it. */
  const [tried, setTried] = useState(false);
  const textOf = ({ name, start = '' }: Field<Name>): string => typed[name] ?? start;
  const values = Object.fromEntries(fields.map((field) => [field.name, textOf(field).trim()]));
  const isLacking = ({ name, optional }: Field<Name>) => !optional && values[name] === '';
  const save = async () => {
    setTried(true);
    if (fields.some(isLacking)) return toFirstWrong();
    setBusy(true);
    const outcome = await onSave(values as Record<Name, string>);
    setBusy(false);
    if (outcome.became !== 'left') return onClose();
    setRefused({ problem: outcome.problem, values });
    toFirstWrong();
  };
  const titleOf = useProblemTitle();
  const labelOf = ({ label, optional }: Field<Name>) =>
    optional ? (
      <>
        {label} <i>– {t.optional}</i>
      </>
    ) : (
      label
    );
  const wrong = (field: Field<Name>) => {
    const { name, pointer } = field;
    if (tried && isLacking(field)) return t.required;
    const { problem, values: sent = {} } = refused ?? {};
    // What has been changed since is not what was refused.
    if ((sent as Partial<typeof values>)[name] !== values[name]) return undefined;
    return (
      fieldError(problem, pointer) ??
      (problem?.code === 'name-taken' && pointer === '/name'
        ? titleOf({ code: problem.code, title: problem.document.title })
        : undefined)
    );
  };
  return (
    <Dialog title={title} yes={yes} busy={busy} onYes={() => void save()} onClose={onClose}>
      <SpaceBetween size="m">
        {text}
        {fields.map((field, at) => {
          const { name, description, hint, long } = field;
          const control = {
            value: textOf(field),
            autoFocus: at === 0,
            onChange: ({ detail }: { detail: { value: string } }) =>
              setTyped((before) => ({ ...before, [name]: detail.value })),
          };
          return (
            <FormField
              key={name}
              label={labelOf(field)}
              description={description}
              constraintText={hint}
              errorText={wrong(field)}
            >
              {long ? (
                <Textarea {...control} />
              ) : (
                <Input
                  {...control}
                  onKeyDown={({ detail }) => {
                    if (detail.key === 'Enter' && !busy) void save();
                  }}
                />
              )}
            </FormField>
          );
        })}
        {more}
      </SpaceBetween>
    </Dialog>
  );
};

/** A dialog that asks for a name and perhaps a description, to add something. */
export const NameDialog = ({
  described = false,
  start = '',
  onSave,
  ...rest
}: {
  title: string;
  yes: string;
  text?: ReactNode;
  /** Asks for a description, too. */
  described?: boolean;
  /** The name that is proposed. */
  start?: string;
  more?: ReactNode;
  onSave(name: string, description: string): Promise<Outcome<unknown>>;
  onClose(): void;
}) => {
  const t = useTexts(common);
  const name = { name: 'name', label: t.name, pointer: '/name', hint: t.nameHint, start } as const;
  const description = {
    name: 'description',
    label: t.description,
    pointer: '/description',
    optional: true,
    long: true,
  } as const;
  return (
    <FieldsDialog
      {...rest}
      fields={described ? [name, description] : [name]}
      onSave={(values: { name: string; description?: string }) => onSave(values.name, values.description ?? '')}
    />
  );
};
