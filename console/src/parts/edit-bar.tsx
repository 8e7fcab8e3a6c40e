// Save and Cancel of a form, in sight however long it is.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useUnsaved } from '../shell/go.ts';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { toFirstWrong } from './wrong.ts';

export const EditBar = ({
  dirty,
  onSave,
  onCancel,
}: {
  /** There is something to save; until it is, leaving the page asks (FP-27, SE-24). */
  dirty: boolean;
  onSave(): Promise<void>;
  onCancel(): void;
}) => {
  const t = useTexts(common);
  const [saving, setSaving] = useState(false);
  useUnsaved(dirty);
  const save = async () => {
    setSaving(true);
    try {
      await onSave();
      toFirstWrong();
    } finally {
      setSaving(false);
    }
  };
  return (
    <div className="edit-bar">
      <Container disableContentPaddings>
        <Box float="right" padding={{ vertical: 's', horizontal: 'l' }}>
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onCancel}>
              {t.cancel}
            </Button>
            <Button variant="primary" disabled={!dirty} loading={saving} onClick={() => void save()}>
              {t.save}
            </Button>
          </SpaceBetween>
        </Box>
      </Container>
    </div>
  );
};
