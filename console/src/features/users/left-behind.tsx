// What depends on one person alone, for the question whether that person may go.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Name } from '../../api/names.tsx';
import { useAll } from '../../api/reads.ts';
import { useMay, useMe } from '../../shell/me.ts';
import { useTexts } from '../../texts/texts.ts';
import { OwnedRules } from './owned-rules.tsx';
import { userTexts } from './texts.ts';

export const LeftBehind = ({ user }: { user: string }) => {
  const t = useTexts(userTexts);
  const may = useMay();
  const sees = useMe().accessManager;
  const memberOf = useAll('listUserRoles', { params: { userId: user } }, { when: sees });
  const roles = useAll('listRoles', {}, { when: sees });
  const rules = useAll('listRules', {}, { when: sees && may('listRules') });
  const sources = useAll('listSources', {}, { when: may('listSources') });
  const drafts = useAll('listDrafts', {}, { when: may('listDrafts') });
  if (!sees) return null;
  const direct = new Set(memberOf.data?.filter((one) => one.direct).map(({ id }) => id));
  const alone = roles.data?.filter(({ id, users, groups }) => direct.has(id) && users === 1 && groups === 0) ?? [];
  const ownedBy = (role: string) => rules.data?.filter(({ owner }) => owner === role).map(({ id }) => id) ?? [];
  // Roles that somebody else may be in.
  const elsewhere =
    roles.data?.filter((role) => role.users + role.groups > 0 && !alone.includes(role)).map(({ id }) => id) ?? [];
  const delivered = sources.data?.filter(({ client }) => client === user) ?? [];
  const own = drafts.data?.filter(({ author }) => author === user) ?? [];
  const lines = [
    ...alone.map(({ id }) => (
      <li key={id}>
        {t.onlyMember} <Name id={id} />
        {ownedBy(id).length > 0 && (
          <>
            {`, ${t.ownsRules(ownedBy(id).length)}`}
            <OwnedRules user={user} rules={ownedBy(id)} roles={elsewhere} />
          </>
        )}
      </li>
    )),
    ...delivered.map(({ id }) => (
      <li key={id}>
        {t.delivers} <Name id={id} />
      </li>
    )),
    ...own.map(({ id, name }) => <li key={id}>{t.hasDraft(name)}</li>),
  ];
  const isKnown = memberOf.data !== undefined && roles.data !== undefined;
  if (!isKnown) return null;
  if (lines.length === 0) return <Box color="text-body-secondary">{t.nothingLeft}</Box>;
  return (
    <Alert type="warning" header={t.leavesBehind}>
      <SpaceBetween size="xs">
        <ul>{lines}</ul>
      </SpaceBetween>
    </Alert>
  );
};
