// A dialog with some texts to fill in.
import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { HoldfastProblem } from '../../../../clients/typescript/index.ts';
import { fieldError } from '../../changes/changes.tsx';
import { Dialog } from '../../parts/dialog.tsx';

interface Field<Name extends string> {
  readonly name: Name;
  readonly label: string;
  /** Its place in the request, where a refusal names it. */
  readonly pointer: string;
  readonly description?: string;
  readonly optional?: boolean;
  readonly start?: string;
}

/** `onSave` answers what was wrong; undefined when it is done. */
export const FieldsDialog = <Name extends string>({
  title,
  yes,
  text,
  fields,
  onSave,
  onClose,
}: {
  title: string;
  yes: string;
  text?: string;
  fields: readonly Field<Name>[];
  onSave(values: Readonly<Record<Name, string>>): Promise<HoldfastProblem | undefined>;
  onClose(): void;
}) => {
  const [values, setValues] = useState(
    () => Object.fromEntries(fields.map(({ name, start = '' }) => [name, start])) as Record<Name, string>,
  );
  const [problem, setProblem] = useState<HoldfastProblem>();
  const [busy, setBusy] = useState(false);
  const whole = fields.every(({ name, optional }) => optional || values[name].trim() !== '');
  const save = async () => {
    setBusy(true);
    setProblem(await onSave(values));
    setBusy(false);
  };
  return (
    <Dialog title={title} yes={yes} busy={busy} disabled={!whole} onYes={() => void save()} onClose={onClose}>
      <SpaceBetween size="m">
        {text && <Box>{text}</Box>}
        {fields.map(({ name, label, pointer, description }) => (
          <FormField key={name} label={label} description={description} errorText={fieldError(problem, pointer)}>
            <Input
              value={values[name]}
              onChange={({ detail }) => setValues((before) => ({ ...before, [name]: detail.value }))}
            />
          </FormField>
        ))}
      </SpaceBetween>
    </Dialog>
  );
};
