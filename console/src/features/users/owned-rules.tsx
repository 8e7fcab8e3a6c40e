// The rules of a role that one person alone is in: whether anybody else can still edit or view them once that person is
// gone. The owner is a role (CT-96), so other roles may give rights on the same rules.
import Box from '@cloudscape-design/components/box';
import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { api } from '../../api/client.ts';
import { Name } from '../../api/names.tsx';
import { readRoles } from '../../on-rules/reads.ts';
import { onRulesTexts } from '../../on-rules/texts.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { userTexts } from './texts.ts';

/** Roles that are looked at for one question. */
const mostRoles = 100;

/** Whether somebody active who is not this user is in a role. */
const hasOthers = async (role: string, user: string): Promise<boolean> => {
  for await (const member of api.items('listRoleMembers', { params: { roleId: role }, query: { limit: 200 } })) {
    if (member.type === 'user') {
      if (member.id !== user && member.state === 'active') return true;
      continue;
    }
    const within = { params: { groupId: member.id }, query: { effective: 'true' as const, limit: 200 } };
    for await (const one of api.items('listGroupMembers', within))
      if (one.type === 'user' && one.id !== user && one.state === 'active') return true;
  }
  return false;
};

/** The roles by which somebody else may still do something to these rules. */
const readOthers = async (user: string, rules: readonly string[], roles: readonly string[]) => {
  const given = await readRoles(roles.slice(0, mostRoles));
  const rightsOf = given.map(({ id, rules: lines }) => ({
    id,
    lines: lines.filter(({ rule, view }) => view && rules.includes(rule)),
  }));
  const giving = rightsOf.filter(({ lines }) => lines.length > 0);
  const others = await Promise.all(giving.map(({ id }) => hasOthers(id, user)));
  return { by: giving.filter((_, at) => others[at]), more: roles.length > mostRoles };
};

const Names = ({ ids }: { ids: readonly string[] }) => (
  <>
    {ids.map((id, at) => (
      <Fragment key={id}>
        {at > 0 && ', '}
        <Name id={id} />
      </Fragment>
    ))}
  </>
);

/**
 * @param rules ids of the rules that the role owns
 * @param roles ids of the roles that others may be in
 */
export const OwnedRules = ({
  user,
  rules,
  roles,
}: {
  user: string;
  rules: readonly string[];
  roles: readonly string[];
}) => {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const onRules = useTexts(onRulesTexts);
  const read = useQuery({
    queryKey: ['othersOnRules', user, rules, roles],
    queryFn: () => readOthers(user, rules, roles),
  });
  if (read.error) return <Box>{t.othersUnknown}</Box>;
  if (!read.data) return <Box>{words.loading}</Box>;
  const { by, more } = read.data;
  const byEdit = by.filter(({ lines }) => lines.some(({ edit }) => edit));
  const edited = new Set(byEdit.flatMap(({ lines }) => lines.flatMap(({ edit, rule }) => (edit ? [rule] : []))));
  const viewed = new Set<string>(by.flatMap(({ lines }) => lines.map(({ rule }) => rule)));
  const unedited = rules.filter((rule) => !edited.has(rule as never));
  const onlyViewed = unedited.filter((rule) => viewed.has(rule));
  const unseen = unedited.filter((rule) => !viewed.has(rule));
  const byView = by.filter(({ lines }) => lines.some(({ rule }) => onlyViewed.includes(rule)));
  return (
    <ul>
      {edited.size > 0 && (
        <li>
          {t.othersEdit(edited.size, rules.length)}
          {words.colon}
          <Names ids={byEdit.map(({ id }) => id)} />
        </li>
      )}
      {onlyViewed.length > 0 && (
        <li>
          {t.othersOnlyView}
          {words.colon}
          <Names ids={onlyViewed} /> ({t.byRoles} <Names ids={byView.map(({ id }) => id)} />)
        </li>
      )}
      {unseen.length > 0 && (
        <li>
          {t.nobodyElseViews}
          {words.colon}
          <Names ids={unseen} />
        </li>
      )}
      {unedited.length > 0 && <li>{t.handOver}</li>}
      {more && <li>{onRules.moreRoles}</li>}
    </ul>
  );
};
