import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { ItemOf } from '../../../../clients/typescript/index.ts';
import { useTexts } from '../../texts/texts.ts';
import { directoryTexts } from './texts.ts';

type RunSummary = ItemOf<'listRuns'>;

const looks: Readonly<Record<RunSummary['state'], StatusIndicatorProps.Type>> = {
  open: 'in-progress',
  queued: 'pending',
  running: 'in-progress',
  held: 'warning',
  done: 'success',
  failed: 'error',
  abandoned: 'stopped',
  rejected: 'stopped',
};

export const RunState = ({ state }: { state: RunSummary['state'] }) => {
  const { runStates } = useTexts(directoryTexts);
  return <StatusIndicator type={looks[state]}>{runStates[state]}</StatusIndicator>;
};

/** True while a run changes by itself, so that a page reads it again and again. */
export const isMoving = (state: RunSummary['state'] | undefined): boolean =>
  state === 'open' || state === 'queued' || state === 'running';
