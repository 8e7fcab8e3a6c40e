// A waiting step in words.
import Link from '@cloudscape-design/components/link';
import type { ReactNode } from 'react';
import { hasName } from '../../api/ids.ts';
import { Name } from '../../api/names.tsx';
import { useTitles } from '../../catalogue/catalogue.ts';
import { isWaiting, type Step } from '../../changes/steps.ts';
import { useLink } from '../../shell/go.ts';
import { common } from '../../texts/common.ts';
import { fieldTexts } from '../../texts/fields.ts';
import { useTexts } from '../../texts/texts.ts';
import { stepTexts } from './step-texts.ts';

/** The name that a waiting step gives to what it creates. */
const waitingName = (steps: readonly Step[], id: string): string =>
  String((steps.find(({ as }) => `$${as}` === id)?.body as { name?: string } | undefined)?.name ?? id);

const pages: Readonly<Record<string, string>> = { createRole: '/roles/', cloneRole: '/roles/', createRule: '/rules/' };

/** What a waiting step creates, as a link to its page where it has one. */
const Waiting = ({ id, steps }: { id: string; steps: readonly Step[] }) => {
  const link = useLink();
  const page = pages[steps.find(({ as }) => `$${as}` === id)?.operation ?? ''];
  const name = waitingName(steps, id);
  return page === undefined ? name : <Link {...link(page + id)}>{name}</Link>;
};

const Thing = ({ id, steps }: { id: string; steps: readonly Step[] }) =>
  isWaiting(id) ? <Waiting id={id} steps={steps} /> : <Name id={id} />;

/** What a step is about: what its path names, or the name of what it creates. */
export const StepTarget = ({ step, steps }: { step: Step; steps: readonly Step[] }) => {
  const titleOf = useTitles();
  const words = useTexts(common);
  const { params = {}, body, as } = step;
  if (as !== undefined) return <Waiting id={`$${as}`} steps={steps} />;
  const ids = Object.entries(params).filter(([name]) => name.endsWith('Id') && name !== 'actionId');
  if (ids.length === 0) return (body as { name?: string } | undefined)?.name ?? '–';
  return (
    <>
      {ids.map(([name, id]) => (
        <Thing key={name} id={id} steps={steps} />
      ))}
      {params.permission !== undefined && words.colon + titleOf(params.permission)}
    </>
  );
};

/** What a step does, field by field. */
export const StepDetails = ({ step, steps }: { step: Step; steps: readonly Step[] }) => {
  const { fields, values } = useTexts(fieldTexts);
  const { members } = useTexts(stepTexts);
  const words = useTexts(common);
  const titleOf = useTitles();
  const shown = (value: unknown): ReactNode => {
    if (value === null || value === undefined || value === '') return '–';
    if (typeof value === 'boolean') return value ? words.yes : words.no;
    if (typeof value === 'number') return value;
    if (typeof value === 'string')
      return isWaiting(value) || hasName(value) ? (
        <Thing id={value} steps={steps} />
      ) : (
        (values[value] ?? titleOf(value))
      );
    if (Array.isArray(value))
      return value.length === 0
        ? '–'
        : value.map((one, n) => (
            <span key={n}>
              {n > 0 && ', '}
              {shown(one)}
            </span>
          ));
    const { permission, ...rest } = value as { permission?: string };
    const parts = Object.entries(rest);
    if (permission === undefined && parts.length === 0) return '–';
    const inner = parts.map(([name, one], n) => (
      <span key={name}>
        {n > 0 && ', '}
        {fields[name] ?? name}
        {words.colon}
        {shown(one)}
      </span>
    ));
    if (permission === undefined) return inner;
    return (
      <>
        {titleOf(permission)}
        {inner.length > 0 && <> ({inner})</>}
      </>
    );
  };
  const body = Object.entries((step.body ?? {}) as Record<string, unknown>);
  const query = Object.entries(step.query ?? {});
  return (
    <ul>
      {[...body, ...query].map(([name, value]) => (
        <li key={name}>
          {(name === 'members' && members[step.operation]) || (fields[name] ?? name)}
          {words.colon}
          {shown(value)}
        </li>
      ))}
    </ul>
  );
};

/** The words for a step's operation. */
export const useStepWords = (): ((step: Step) => string) => {
  const { operations } = useTexts(stepTexts);
  return ({ operation }) => operations[operation] ?? operation;
};
