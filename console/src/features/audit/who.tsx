// Who acted, and on what.
import type { ItemOf } from '../../../../clients/typescript/index.ts';
import { hasName } from '../../api/ids.ts';
import { Name } from '../../api/names.tsx';
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
  if (target === 'tenant') return kinds.tenant;
  return hasName(target) ? <Name id={target} /> : target;
};
