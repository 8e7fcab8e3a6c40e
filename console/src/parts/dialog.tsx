// A dialog with a question: one button that does it, and one that leaves everything as it is.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';

export const Dialog = ({
  title,
  yes,
  no,
  size = 'medium',
  busy = false,
  disabled = false,
  onYes,
  onClose,
  children,
}: {
  title: string;
  /** On the button that does it. */
  yes: string;
  /** On the other one; *Cancel* unless said otherwise. */
  no?: string;
  size?: 'medium' | 'large';
  busy?: boolean;
  disabled?: boolean;
  onYes(): void;
  onClose(): void;
  children: ReactNode;
}) => {
  const words = useTexts(common);
  return (
    <Modal
      visible
      size={size}
      header={title}
      closeAriaLabel={words.close}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {no ?? words.cancel}
            </Button>
            <Button variant="primary" loading={busy} disabled={disabled} onClick={onYes}>
              {yes}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {children}
    </Modal>
  );
};
