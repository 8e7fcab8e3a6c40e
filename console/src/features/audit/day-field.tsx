// A field for a day. It is written or chosen from a calendar, and a day that does not exist is refused: a picker that makes
// another day of it would show other events than those that are asked for.
import Button from '@cloudscape-design/components/button';
import Calendar from '@cloudscape-design/components/calendar';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Popover, { type PopoverProps } from '@cloudscape-design/components/popover';
import { useRef, useState } from 'react';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { dayIn } from './days.ts';
import { auditTexts } from './texts.ts';

export const DayField = ({
  label,
  day,
  onDay,
}: {
  label: string;
  /** As `2026-11-30`; empty for none. */
  day: string;
  onDay(day: string): void;
}) => {
  const t = useTexts(auditTexts);
  const words = useTexts(common);
  const [typed, setTyped] = useState<string>();
  const [left, setLeft] = useState(true);
  const popover = useRef<PopoverProps.Ref>(null);
  const text = typed ?? day.replaceAll('-', '/');
  const known = dayIn(text);
  const take = (next: string) => {
    setTyped(undefined);
    if (next !== day) onDay(next);
  };
  const done = () => {
    setLeft(true);
    if (known !== undefined) take(known);
  };
  return (
    <FormField label={label} errorText={left && known === undefined && t.noSuchDay}>
      <div className="beside">
        <div>
          <Input
            value={text}
            placeholder={t.dayForm}
            onChange={({ detail }) => {
              setTyped(detail.value);
              setLeft(false);
            }}
            onBlur={done}
            onKeyDown={({ detail }) => {
              if (detail.key === 'Enter') done();
            }}
          />
        </div>
        <Popover
          ref={popover}
          triggerType="custom"
          position="bottom"
          dismissAriaLabel={words.close}
          content={
            <Calendar
              value={known ?? ''}
              ariaLabel={label}
              onChange={({ detail }) => {
                take(detail.value);
                popover.current?.focus();
              }}
            />
          }
        >
          <Button iconName="calendar" ariaLabel={t.chooseDay(label)} />
        </Popover>
      </div>
    </FormField>
  );
};
