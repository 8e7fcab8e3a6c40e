// Delivers a file by hand, as a directory's client does.
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FileUpload from '@cloudscape-design/components/file-upload';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { RequestOf } from '../../../../clients/typescript/index.ts';
import { useChanges } from '../../changes/changes.tsx';
import { useGo } from '../../shell/go.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { directoryTexts } from './texts.ts';

export const Deliver = ({ id }: { id: string }) => {
  const t = useTexts(directoryTexts);
  const words = useTexts(common);
  const go = useGo();
  const { act } = useChanges();
  const [files, setFiles] = useState<readonly File[]>([]);
  const [busy, setBusy] = useState(false);
  const deliver = async () => {
    const [file] = files;
    if (!file) return;
    setBusy(true);
    const request = { params: { sourceId: id }, body: await file.text() } as unknown as RequestOf<'postDelta'>;
    const outcome = await act('postDelta', request, { done: t.delivered });
    setBusy(false);
    if (outcome.became !== 'done') return;
    setFiles([]);
    go(`/directory/runs/${outcome.answer.id}`);
  };
  return (
    <Container header={<Header variant="h2">{t.upload}</Header>}>
      <SpaceBetween size="m">
        <FileUpload
          value={[...files]}
          accept=".ldif,.ldf,.txt"
          constraintText={t.uploadText}
          showFileSize
          onChange={({ detail }) => setFiles(detail.value)}
          i18nStrings={{
            uploadButtonText: () => t.choose,
            dropzoneText: () => t.choose,
            removeFileAriaLabel: () => words.remove,
            limitShowFewer: words.close,
            limitShowMore: words.details,
            errorIconAriaLabel: words.error,
          }}
        />
        <Button loading={busy} disabled={files.length === 0} onClick={() => void deliver()}>
          {t.deliver}
        </Button>
      </SpaceBetween>
    </Container>
  );
};
