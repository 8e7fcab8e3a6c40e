// Who owns the rules of a role that is removed.
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import { Dialog } from '../../parts/dialog.tsx';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { roleTexts } from './texts.ts';
import type { ListedRole } from './waiting.ts';

/** Asks to which role the rules of a role pass that is removed. */
export const NewOwnerDialog = ({
  role,
  owned,
  others,
  onChoose,
  onClose,
}: {
  role: ListedRole;
  owned: number;
  others: readonly ListedRole[];
  onChoose(newOwner: string | undefined): void;
  onClose(): void;
}) => {
  const words = useTexts(common);
  const t = useTexts(roleTexts);
  const none = { value: '', label: t.noOwner, description: t.noOwnerText };
  const [chosen, setChosen] = useState<{ value?: string; label?: string }>(none);
  return (
    <Dialog
      title={t.removeTitle(role.name)}
      yes={t.continue}
      onYes={() => onChoose(chosen.value || undefined)}
      onClose={onClose}
    >
      <FormField label={t.newOwner} description={t.owned(owned)} stretch>
        <Select
          selectedOption={chosen}
          options={[none, ...others.map(({ id, name }) => ({ value: id, label: name }))]}
          filteringType="auto"
          filteringAriaLabel={words.find}
          filteringPlaceholder={words.find}
          onChange={({ detail }) => setChosen(detail.selectedOption as { value: string })}
        />
      </FormField>
    </Dialog>
  );
};
