// The order of rules: moved by a drag with the mouse, by keys on the handle of a rule, or to a place that is chosen.
import FormField from '@cloudscape-design/components/form-field';
import Icon from '@cloudscape-design/components/icon';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type DragEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Dialog } from '../../parts/dialog.tsx';
import { useTexts } from '../../texts/texts.ts';
import { ruleTexts } from './texts.ts';
import { carriedTo, type ListedRule, type Place, placeAt } from './waiting.ts';

const handles = '[data-rule]';
const mark = 'data-drop';

/** A rule that is picked up by a key, and where it began. */
interface Picked {
  readonly id: string;
  readonly at: number;
  readonly from: number;
}

const handleOf = (area: HTMLElement | null, id: string): HTMLElement | undefined =>
  [...(area?.querySelectorAll<HTMLElement>(handles) ?? [])].find((one) => one.dataset.rule === id);

/**
 * What a table of rules needs so that its rows can be moved. `rules` are those that are shown, in their order; `whole`
 * says that no filter hides any.
 */
export const useMoving = ({
  rules,
  whole,
  notMove,
  onMove,
}: {
  rules: readonly ListedRule[];
  whole: boolean;
  notMove(rule: ListedRule): string | undefined;
  onMove(rule: ListedRule, place: Place): Promise<void>;
}) => {
  const t = useTexts(ruleTexts);
  const area = useRef<HTMLDivElement>(null);
  const dragged = useRef<ListedRule | undefined>(undefined);
  const marked = useRef<Element | undefined>(undefined);
  const [picked, setPicked] = useState<Picked>();
  const [said, setSaid] = useState('');

  const list = picked ? carriedTo(rules, picked.id, picked.at) : rules;

  // A rule that is carried over the end of a page takes the focus along.
  useEffect(() => {
    if (picked) handleOf(area.current, picked.id)?.focus();
  }, [picked]);

  const unmark = () => {
    marked.current?.removeAttribute(mark);
    marked.current = undefined;
  };
  /** Where a drag would drop: the row under the pointer, before or after its middle. */
  const target = ({ target: at, clientY }: DragEvent) => {
    const row = (at as Element).closest('tr');
    const id = row?.querySelector(handles)?.getAttribute('data-rule');
    if (!row || !id || id === dragged.current?.id) return undefined;
    const { top, height } = row.getBoundingClientRect();
    return { row, id: id as ListedRule['id'], side: clientY < top + height / 2 ? 'before' : 'after' } as const;
  };

  const drop = async ({ id, at, from }: Picked) => {
    const rule = rules.find((one) => one.id === id);
    setPicked(undefined);
    if (!rule || at === from) return setSaid(t.putBack(rule?.name ?? '', from + 1));
    setSaid(t.dropped(rule.name, at + 1, rules.length));
    await onMove(rule, placeAt(list, at, whole));
  };

  const onKeyDown = (rule: ListedRule) => (event: KeyboardEvent) => {
    const { key } = event;
    const locked = notMove(rule);
    if (picked?.id !== rule.id) {
      if (key !== 'Enter' && key !== ' ') return;
      event.preventDefault();
      const at = rules.indexOf(rule);
      if (locked !== undefined) return setSaid(locked);
      setPicked({ id: rule.id, at, from: at });
      return setSaid(t.pickedUp(rule.name, at + 1, rules.length));
    }
    const last = rules.length - 1;
    const places: Record<string, number> = {
      ArrowUp: Math.max(0, picked.at - 1),
      ArrowDown: Math.min(last, picked.at + 1),
      Home: 0,
      End: last,
    };
    const at = places[key];
    if (at !== undefined) {
      setPicked({ ...picked, at });
      setSaid(t.carried(rule.name, at + 1, rules.length));
    } else if (key === 'Escape' || key === 'Tab') {
      setPicked(undefined);
      setSaid(t.putBack(rule.name, picked.from + 1));
    } else if (key === 'Enter' || key === ' ') void drop(picked);
    if (key !== 'Tab') event.preventDefault();
  };

  return {
    /** The rules as they lie while one is carried. */
    list,
    picked: picked?.id,
    /** The place of the rule that is carried. */
    at: picked?.at,
    /** To be told by a live region. */
    said,
    area: {
      ref: area,
      onDragOver(event: DragEvent) {
        const found = dragged.current && target(event);
        if (found?.row !== marked.current) unmark();
        if (!found) return;
        event.preventDefault();
        found.row.setAttribute(mark, found.side);
        marked.current = found.row;
      },
      onDrop(event: DragEvent) {
        const [rule, found] = [dragged.current, dragged.current && target(event)];
        unmark();
        dragged.current = undefined;
        if (!rule || !found) return;
        event.preventDefault();
        void onMove(rule, { [found.side]: found.id });
      },
      onDragEnd() {
        unmark();
        dragged.current = undefined;
      },
    },
    handle: (rule: ListedRule) => {
      const locked = notMove(rule);
      return (
        // Firefox drags no button, so this is an element that acts as one.
        // biome-ignore lint/a11y/useSemanticElements: see above
        <span
          role="button"
          tabIndex={0}
          className="handle"
          data-rule={rule.id}
          aria-label={t.handle(rule.name)}
          aria-disabled={locked !== undefined}
          aria-pressed={picked?.id === rule.id}
          title={locked ?? t.handleHint}
          draggable={locked === undefined}
          onKeyDown={onKeyDown(rule)}
          onDragStart={(event) => {
            dragged.current = rule;
            event.dataTransfer.effectAllowed = 'move';
            // Firefox begins no drag without data.
            event.dataTransfer.setData('text/plain', rule.id);
            const row = event.currentTarget.closest('tr');
            if (row) event.dataTransfer.setDragImage(row, 0, 0);
          }}
        >
          <Icon name="drag-indicator" />
        </span>
      );
    },
  };
};

/** Asks for the place of a rule beside another one. */
export const MoveDialog = ({
  rule,
  rules,
  onMove,
  onClose,
}: {
  rule: ListedRule;
  rules: readonly ListedRule[];
  onMove(place: Place): void;
  onClose(): void;
}) => {
  const t = useTexts(ruleTexts);
  const [side, setSide] = useState<'before' | 'after'>('before');
  const [other, setOther] = useState<ListedRule['id']>();
  const options = rules
    .filter(({ id }) => id !== rule.id)
    .map(({ id, name, place }) => ({ value: id as string, label: name, labelTag: String(place) }));
  return (
    <Dialog
      title={t.moveTitle(rule.name)}
      yes={t.move}
      disabled={other === undefined}
      onYes={() => other !== undefined && onMove({ [side]: other })}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <FormField label={t.side}>
          <RadioGroup
            value={side}
            items={[
              { value: 'before', label: t.before },
              { value: 'after', label: t.after },
            ]}
            onChange={({ detail }) => setSide(detail.value as typeof side)}
          />
        </FormField>
        <FormField label={t.rule}>
          <Select
            options={options}
            filteringType="auto"
            virtualScroll
            placeholder={t.chooseRule}
            selectedOption={options.find(({ value }) => value === other) ?? null}
            onChange={({ detail }) => setOther(detail.selectedOption.value as ListedRule['id'])}
          />
        </FormField>
      </SpaceBetween>
    </Dialog>
  );
};
