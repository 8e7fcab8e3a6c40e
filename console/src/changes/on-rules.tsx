// What a change does to rights on rules, which its effect counts for no user: what is known of the roles and people in it.
// Where nobody has such a right, nothing is said.
import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import type { PreviewOf } from '../../../clients/typescript/index.ts';
import { api } from '../api/client.ts';
import { namesOf } from '../api/names.tsx';
import { givingOn, type RightOnRules, readOwn, readRoles, rightsOnRules } from '../on-rules/reads.ts';
import { useLink } from '../shell/go.ts';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { changeTexts } from './texts.ts';

type Thing = PreviewOf<'submitChangeSet'>['effect']['things'][number];
type Rights = readonly RightOnRules[];

/** What is said of one role, group or person. */
interface Line {
  readonly of: 'role' | 'group' | 'user';
  readonly id: string;
  readonly name: string;
  readonly what: 'joined' | 'left' | 'ended' | 'groups' | 'changed' | 'loses' | 'gains' | 'throughGroups';
  readonly rights: Rights;
}

/** Things that are looked at: each is some requests. */
const most = 5;

const givenBy = (roles: Parameters<typeof givingOn>[0]): Rights =>
  rightsOnRules.filter((right) => givingOn(roles, right).length > 0);

const ofRole = async ({
  id,
  name = id,
  change,
  fields = [],
  joined = 0,
  left = 0,
  rules = 0,
}: Thing): Promise<Line[]> => {
  const line = (what: Line['what'], rights: Rights): Line => ({ of: 'role', id, name, what, rights });
  // Of a new role nothing can be read, and nobody is in it but those who join.
  if (change === 'created') return [];
  const { users, groups } = await api.getRole({ params: { roleId: id as never } });
  const isInhabited = users + groups > 0;
  if (isInhabited && (rules > 0 || fields.includes('newRules') || fields.includes('ruleRights')))
    return [line('changed', [])];
  const rights = givenBy(await readRoles([id]));
  if (rights.length === 0) return [];
  if (change === 'deleted') return isInhabited ? [line('ended', rights)] : [];
  return [
    ...(left > 0 ? [line('left', rights)] : []),
    ...(joined > 0 ? [line('joined', rights)] : []),
    ...(fields.includes('groups') ? [line('groups', rights)] : []),
  ];
};

const ofGroup = async ({ id, name = id, change }: Thing): Promise<Line[]> => {
  if (change !== 'deleted') return [];
  const { roles = [] } = await api.getGroup({ params: { groupId: id as never } });
  const rights = givenBy(await readRoles(roles));
  return rights.length === 0 ? [] : [{ of: 'group', id, name, what: 'ended', rights }];
};

const ofUser = async ({ id, change, fields = [] }: Thing): Promise<Line[]> => {
  const isMoved = change === 'deleted' || fields.includes('state');
  if (change === 'created' || !(isMoved || fields.includes('groups'))) return [];
  const { roles } = await readOwn(id);
  const rights = givenBy(isMoved ? roles : roles.filter(({ direct }) => !direct));
  if (rights.length === 0) return [];
  const [names, user] = await Promise.all([namesOf([id]), api.getUser({ params: { userId: id as never } })]);
  const name = names.get(id)?.name ?? id;
  const line = (what: Line['what']): Line => ({ of: 'user', id, name, what, rights });
  if (!isMoved) return [line('throughGroups')];
  if (user.state === 'active') return [line('loses')];
  return change === 'deleted' ? [] : [line('gains')];
};

const readers: Partial<Record<Thing['kind'], (thing: Thing) => Promise<Line[]>>> = {
  role: ofRole,
  group: ofGroup,
  user: ofUser,
};

const linesOf = async (things: readonly Thing[]): Promise<Line[]> => {
  const asked = things.filter(({ kind }) => readers[kind]).slice(0, most);
  // What may not be read, or is no longer there, is not said.
  const all = await Promise.all(asked.map((thing) => readers[thing.kind]?.(thing).catch(() => []) ?? []));
  return all.flat();
};

/** Rights on rules stand in the tab of a role, and with everything else that a person can do. */
const pathOf = ({ of, id }: Line): string =>
  of === 'role' ? `/roles/${id}?tab=rules` : of === 'user' ? `/users/${id}?tab=effective` : `/groups/${id}`;

export const OnRules = ({ things }: { things: readonly Thing[] }) => {
  const t = useTexts(changeTexts);
  const words = useTexts(common);
  const link = useLink();
  const lines = useQuery({ queryKey: ['changeOnRules', things], queryFn: () => linesOf(things) }).data ?? [];
  if (lines.length === 0) return null;
  return (
    <SpaceBetween size="xxs">
      {lines.map((line) => {
        const { before, after } = t.onRules[line.what];
        const rights = line.rights.map(t.right).join(', ');
        return (
          <Box key={line.id + line.what}>
            <Link {...link(pathOf(line))}>{line.name}</Link> {before}
            {rights !== '' && `${words.colon}${rights}.`} {after}
          </Box>
        );
      })}
    </SpaceBetween>
  );
};
