// The form of a page: what was edited over what is there now, Save and Cancel, and the question before edits are lost.
import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useState } from 'react';
import type { HoldfastProblem } from '../../../clients/typescript/index.ts';
import { fieldError, type Outcome } from '../changes/changes.tsx';
import { useUnsaved } from '../shell/go.ts';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { toFirstWrong } from './wrong.ts';

interface Edits {
  readonly dirty: boolean;
  readonly busy: boolean;
  undo(): void;
  store(): Promise<void>;
}

/** The edits of a form. `save` is given what differs from what is there `now`, and tells what became of it. */
export const useEdits = <T extends object>(now: T, save: (changed: Partial<T>) => Promise<Outcome<unknown>>) => {
  const [edits, setEdits] = useState<Partial<T>>({});
  const [refused, setRefused] = useState<{ problem: HoldfastProblem | undefined; edits: Partial<T> }>();
  const [busy, setBusy] = useState(false);
  const changed = Object.fromEntries(
    Object.entries(edits).filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(now[field as keyof T])),
  ) as Partial<T>;
  const dirty = Object.keys(changed).length > 0;
  useUnsaved(dirty);
  const undo = () => {
    setEdits({});
    setRefused(undefined);
  };
  return {
    shown: { ...now, ...edits },
    dirty,
    busy,
    edit: (more: Partial<T>) => setEdits((before) => ({ ...before, ...more })),
    /** What is wrong with a field, by its place in the request, until it is edited again. */
    wrong: (pointer: string, field = pointer.slice(1) as keyof T) =>
      refused?.edits[field] === edits[field] ? fieldError(refused?.problem, pointer) : undefined,
    undo,
    async store() {
      setBusy(true);
      const outcome = await save(changed);
      setBusy(false);
      if (outcome.became !== 'left') return undo();
      setRefused({ problem: outcome.problem, edits });
      toFirstWrong();
    },
  };
};

export const EditForm = ({
  edits: { dirty, busy, undo, store },
  readOnly = false,
  blocked = false,
  children,
}: {
  edits: Edits;
  readOnly?: boolean;
  /** Something is wrong that is seen before it is sent. */
  blocked?: boolean;
  children: ReactNode;
}) => {
  const t = useTexts(common);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (dirty && !blocked && !readOnly) void store();
      }}
    >
      <Form
        actions={
          !readOnly && (
            <SpaceBetween direction="horizontal" size="xs">
              <Button formAction="none" variant="link" disabled={!dirty} onClick={undo}>
                {t.cancel}
              </Button>
              <Button variant="primary" loading={busy} disabled={!dirty || blocked}>
                {t.save}
              </Button>
            </SpaceBetween>
          )
        }
      >
        {children}
      </Form>
    </form>
  );
};
