// The tabs of a rule besides General (CT-104): each is to be read only without its right, and says which one is missing.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useState } from 'react';
import { useCatalogue, useTitles } from '../../catalogue/catalogue.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { Entries } from './entries.tsx';
import { PropertiesDialog, PropertiesView } from './properties.tsx';
import { ruleTexts } from './texts.ts';
import type { Properties } from './values.ts';
import type { RuleUpdate } from './waiting.ts';

export type Action = NonNullable<RuleUpdate['actions']>[number];

/** What may be done in the tabs of a rule: each is the reason why not, or undefined. */
export interface TabRights {
  readonly general: string | undefined;
  readonly conditions: string | undefined;
  readonly exceptions: string | undefined;
  readonly options: string | undefined;
  act(verb: 'editActions' | 'addActions' | 'deleteActions', actionType: string): string | undefined;
  readonly moveActions: string | undefined;
}

/** Above what is read only: that it is, and what is missing. */
export const Locked = ({ why, children }: { why: string | undefined; children: ReactNode }) => {
  const t = useTexts(ruleTexts);
  if (why === undefined) return children;
  return (
    <SpaceBetween size="m">
      <Alert type="info" header={t.readOnly}>
        {why}
      </Alert>
      {children}
    </SpaceBetween>
  );
};

/** Conditions, or exceptions. */
export const ConditionsTab = ({
  of,
  entries,
  locked,
  onChange,
}: {
  of: 'conditions' | 'exceptions';
  entries: readonly Properties[];
  locked: string | undefined;
  onChange(entries: readonly Properties[]): void;
}) => {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  const own = t[of];
  const [adding, setAdding] = useState(false);
  return (
    <Locked why={locked}>
      <Entries<Properties>
        title={own.title}
        description={own.hint}
        empty={own.empty}
        entries={entries}
        nameOf={(_, at) => own.one(at + 1)}
        propertiesOf={(entry) => entry}
        withProperties={(_, properties) => properties}
        notEdit={() => locked}
        notRemove={() => locked}
        onChange={onChange}
        add={
          <Button
            disabled={locked !== undefined}
            {...(locked !== undefined && { disabledReason: locked })}
            onClick={() => setAdding(true)}
          >
            {words.add}
          </Button>
        }
      />
      {adding && (
        <PropertiesDialog
          title={own.one(entries.length + 1)}
          properties={{ '': '' }}
          onClose={() => setAdding(false)}
          onApply={(properties) => {
            onChange([...entries, properties]);
            setAdding(false);
          }}
        />
      )}
    </Locked>
  );
};

const AddAction = ({ rights, onAdd, onClose }: { rights: TabRights; onAdd(action: Action): void; onClose(): void }) => {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  const { actionTypes = [] } = useCatalogue() ?? {};
  const [type, setType] = useState<string>();
  const [tried, setTried] = useState(false);
  const options = actionTypes.map(({ id, title, description }) => {
    const not = rights.act('addActions', id);
    return {
      value: id,
      label: title,
      ...(description !== undefined && { description }),
      ...(not !== undefined && { disabled: true, disabledReason: not }),
    };
  });
  return (
    <PropertiesDialog
      title={t.actions.add}
      properties={{}}
      ready={type !== undefined}
      onClose={onClose}
      onApply={(properties) => type !== undefined && onAdd({ type, properties })}
      above={
        <FormField label={words.type} errorText={tried && type === undefined ? t.chooseType : ''}>
          <Select
            options={options}
            filteringType="auto"
            placeholder={t.chooseType}
            selectedOption={options.find(({ value }) => value === type) ?? null}
            onBlur={() => setTried(true)}
            onChange={({ detail }) => setType(detail.selectedOption.value)}
          />
        </FormField>
      }
    />
  );
};

/** The actions, each by the right for its type (CT-70..77); moving them takes every right on every rule (CT-52..54). */
export const ActionsTab = ({
  actions,
  rights,
  onChange,
}: {
  actions: readonly Action[];
  rights: TabRights;
  onChange(actions: readonly Action[]): void;
}) => {
  const t = useTexts(ruleTexts);
  const titleOf = useTitles();
  const { actionTypes = [] } = useCatalogue() ?? {};
  const [adding, setAdding] = useState(false);
  const verbs = ['editActions', 'addActions', 'deleteActions'] as const;
  const open = actionTypes.some(({ id }) => verbs.some((verb) => rights.act(verb, id) === undefined));
  const reasons = actionTypes.map(({ id }) => rights.act('addActions', id));
  const notAdd = reasons.includes(undefined) ? undefined : t.noTypeToAdd;
  // What is not stored yet is still being added, whatever happens to it.
  const stored = (verb: 'editActions' | 'deleteActions') => (action: Action) =>
    rights.act(action.id === undefined ? 'addActions' : verb, action.type);
  return (
    <Locked why={open ? undefined : t.noAction}>
      <Entries<Action>
        title={t.actions.title}
        description={t.actions.hint}
        empty={t.actions.empty}
        entries={actions}
        nameOf={({ type }) => titleOf(type)}
        propertiesOf={({ properties }) => properties}
        withProperties={(action, properties) => ({ ...action, properties })}
        notEdit={stored('editActions')}
        notRemove={stored('deleteActions')}
        notMove={() => rights.moveActions}
        onChange={onChange}
        add={
          <Button
            disabled={notAdd !== undefined}
            {...(notAdd !== undefined && { disabledReason: notAdd })}
            onClick={() => setAdding(true)}
          >
            {t.actions.add}
          </Button>
        }
      />
      {adding && (
        <AddAction
          rights={rights}
          onClose={() => setAdding(false)}
          onAdd={(action) => {
            onChange([...actions, action]);
            setAdding(false);
          }}
        />
      )}
    </Locked>
  );
};

export const OptionsTab = ({
  options,
  locked,
  onChange,
}: {
  options: Properties;
  locked: string | undefined;
  onChange(options: Properties): void;
}) => {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  const [editing, setEditing] = useState(false);
  return (
    <Locked why={locked}>
      <Container
        header={
          <Header
            variant="h2"
            description={t.options.hint}
            actions={
              <Button
                disabled={locked !== undefined}
                {...(locked !== undefined && { disabledReason: locked })}
                onClick={() => setEditing(true)}
              >
                {words.edit}
              </Button>
            }
          >
            {t.options.title}
          </Header>
        }
      >
        <PropertiesView properties={options} />
      </Container>
      {editing && (
        <PropertiesDialog
          title={t.options.title}
          properties={options}
          onClose={() => setEditing(false)}
          onApply={(properties) => {
            onChange(properties);
            setEditing(false);
          }}
        />
      )}
    </Locked>
  );
};
