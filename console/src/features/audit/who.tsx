// Who acted, and on what.
import type { ItemOf } from '../../../../clients/typescript/index.ts';
import { hasName } from '../../api/ids.ts';
import { Name, useName } from '../../api/names.tsx';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { auditTexts } from './texts.ts';

export type AuditEvent = ItemOf<'listEvents'>;

export const Actor = ({ actor: { kind, id } }: { actor: AuditEvent['actor'] }) => {
  const { kinds } = useTexts(auditTexts);
  if ((kind === 'person' || kind === 'client') && id !== undefined) return <Name id={id} />;
  return (
    <>
      {kinds[kind]}
      {id !== undefined && kind !== 'system' && ` ${id.slice(0, 22)}`}
    </>
  );
};

export const Target = ({ target }: { target: string }) => {
  const { kinds } = useTexts(common);
  const { targets, without } = useTexts(auditTexts);
  const named = useName(target);
  const word = targets[target];
  if (word !== undefined) return word;
  if (target === 'tenant') return kinds.tenant;
  if (named || (named === undefined && hasName(target))) return <Name id={target} />;
  // What is gone, or may not be seen, has no name here: its kind says more than its id, which the filter still takes.
  const kind = without[target.charAt(0)];
  return kind === undefined ? target : <span title={target}>{kind}</span>;
};
