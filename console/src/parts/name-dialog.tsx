// A dialog that asks for a name and perhaps a description, to add something.
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { type ReactNode, useState } from 'react';
import type { HoldfastProblem } from '../../../clients/typescript/index.ts';
import { fieldError } from '../changes/changes.tsx';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { Dialog } from './dialog.tsx';

export const NameDialog = ({
  title,
  yes,
  text,
  described = false,
  start = '',
  onSave,
  onClose,
}: {
  title: string;
  /** On the button that does it. */
  yes: string;
  text?: ReactNode;
  /** Asks for a description, too. */
  described?: boolean;
  /** The name that is proposed. */
  start?: string;
  /** Answers what was wrong; undefined when it is done. */
  onSave(name: string, description: string): Promise<HoldfastProblem | undefined>;
  onClose(): void;
}) => {
  const t = useTexts(common);
  const [name, setName] = useState(start);
  const [description, setDescription] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<HoldfastProblem>();
  const save = async () => {
    setBusy(true);
    setProblem(await onSave(name.trim(), description.trim()));
    setBusy(false);
  };
  const taken = problem?.code === 'name-taken' ? problem.document.title : undefined;
  return (
    <Dialog
      title={title}
      yes={yes}
      busy={busy}
      disabled={name.trim() === ''}
      onYes={() => void save()}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        {text}
        <FormField label={t.name} constraintText={t.nameHint} errorText={fieldError(problem, '/name') ?? taken}>
          <Input
            value={name}
            autoFocus
            onChange={({ detail }) => setName(detail.value)}
            onKeyDown={({ detail }) => {
              if (detail.key === 'Enter' && name.trim() !== '') void save();
            }}
          />
        </FormField>
        {described && (
          <FormField label={t.description} errorText={fieldError(problem, '/description')}>
            <Textarea value={description} onChange={({ detail }) => setDescription(detail.value)} />
          </FormField>
        )}
      </SpaceBetween>
    </Dialog>
  );
};
