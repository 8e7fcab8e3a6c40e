// The edges of what is excused from "no way up": what a directory source, and an invitation, may do to whoever could
// manage access rights. Chance meets these seldom, so each is played out.
import { describe, expect, test } from 'vitest';
import { groupRef, type Life } from '../../shared/domain/base/ids.ts';
import type { Access, BookRecord, GroupRecord, RoleRecord } from '../../shared/domain/book/records.ts';
import { applied, type Change, noChange, type World } from '../../shared/domain/change.ts';
import { type Exemption, refuseWayUp } from '../../shared/domain/keeper/keeper.ts';
import { names, worldFrom } from './scenarios/language.ts';

const life = '00000a' as Life;
const ref = (name: string) => groupRef(names.group(name), life);
const ours: Exemption = { source: names.source('directory') };
const theirs: Exemption = { source: names.source('other') };
const invited: Exemption = { invited: true };

const facts = worldFrom({
  catalogue: 'exchange-rules',
  sources: ['directory', 'other'],
  users: {
    dora: { source: 'directory', unbound: true },
    otto: { source: 'other', unbound: true },
    keeper: { source: 'directory', groups: ['marked'] },
    guest: { unbound: true },
  },
  groups: { marked: [], unmarked: [], loose: [], foreign: [] },
  roles: { keepers: { grants: ['*'], members: ['marked', 'unmarked', 'guest'] }, others: {} },
});
const group = (name: string) => facts.book.records.get(`group#${names.group(name)}`) as GroupRecord;
const role = (name: string) => facts.book.records.get(`role#${names.role(name)}`) as RoleRecord;
const start: World = {
  ...facts,
  book: facts.book.with([
    { ...group('marked'), confersAccessManagement: true },
    { ...group('foreign'), source: names.source('other') },
  ]),
};
const access = (name: string): Access => start.users.get(names.user(name)) as Access;
const invitation = (byKeeper: boolean) => ({ invitation: { digest: 'd', expires: 1, byKeeper } });

/** A change of users and of the book, from an access item that may be given other attributes first. */
const change = (users: readonly [Access, Access][], ...book: BookRecord[]): Change<unknown> => ({
  ...noChange(undefined),
  users: users.map(([before, after]) => ({ before, after })),
  book,
});
const becoming = (before: Access, more: Partial<Access>, ...drop: (keyof Access)[]): [Access, Access] => [
  before,
  Object.fromEntries(
    Object.entries({ ...before, ...more }).filter(([key]) => !drop.includes(key as keyof Access)),
  ) as unknown as Access,
];
const joins = (name: string, ...groups: string[]) => becoming(access(name), { groups: new Set(groups.map(ref)) });
const below = (name: string, parent: string): GroupRecord => ({
  ...(start.book.groups.get(names.group(name)) as GroupRecord),
  parents: new Set([ref(parent)]),
});

const passes = (title: string, exempt: Exemption, what: Change<unknown>) => ({ title, exempt, what, refused: false });
const refused = (title: string, exempt: Exemption, what: Change<unknown>) => ({ title, exempt, what, refused: true });

const disabled = { state: 'disabled' } as const;
const keeper = access('keeper');
const guest = (byKeeper: boolean): Access => ({ ...access('guest'), ...invitation(byKeeper) });
const accepts = (before: Access, ...drop: (keyof Access)[]) =>
  change([becoming(before, { identity: 'mine' }, ...drop)]);

describe.each([
  [
    'a directory and its groups',
    [
      passes('puts its own user into its own marked group', ours, change([joins('dora', 'marked')])),
      refused('but nobody else does', {}, change([joins('dora', 'marked')])),
      refused('nor another directory', theirs, change([joins('dora', 'marked')])),
      refused('another directory puts its user into the marked group', theirs, change([joins('otto', 'marked')])),
      refused('it puts the user of another directory into its marked group', ours, change([joins('otto', 'marked')])),
      refused('it puts its user into a group that is not marked', ours, change([joins('dora', 'unmarked')])),
      refused('into a marked one and one that is not', ours, change([joins('dora', 'marked', 'unmarked')])),
      passes('it puts its own group below the marked one', ours, change([], below('loose', 'marked'))),
      refused('but nobody else does that', {}, change([], below('loose', 'marked'))),
      refused('it puts the group of another directory below', ours, change([], below('foreign', 'marked'))),
      refused('another directory puts its own group below', theirs, change([], below('foreign', 'marked'))),
      refused('it puts its own group below one that is not marked', ours, change([], below('loose', 'unmarked'))),
      refused(
        'its group is put below the marked one and into the role at once',
        ours,
        change([], below('loose', 'marked'), {
          ...role('keepers'),
          groups: new Set([...role('keepers').groups, ref('loose')]),
        }),
      ),
      refused(
        'its user joins the marked group and another role becomes the way to the same',
        ours,
        change([joins('dora', 'marked', 'loose')], {
          ...role('others'),
          grants: [{ permission: '*' }],
          groups: new Set([ref('loose')]),
        }),
      ),
      refused('it marks its group itself', ours, change([], { ...group('loose'), confersAccessManagement: true })),
    ],
  ],
  [
    'a directory and its users',
    [
      passes('disables its own user', ours, change([becoming(keeper, disabled)])),
      passes(
        'and takes the binding and the invitation with it',
        ours,
        change([becoming(keeper, { state: 'deleted', groups: new Set() }, 'identity', 'invitation')]),
      ),
      passes(
        'deletes its own user with the external id',
        ours,
        change([
          becoming({ ...keeper, external: 'hers' }, { state: 'deleted', groups: new Set() }, 'identity', 'external'),
        ]),
      ),
      refused(
        'it gives its user an external id while disabling',
        ours,
        change([becoming(keeper, { ...disabled, external: 'mine' })]),
      ),
      refused('but nobody else disables', {}, change([becoming(keeper, disabled)])),
      refused('nor does another directory', theirs, change([becoming(keeper, disabled)])),
      refused(
        'it binds its user to somebody else while disabling',
        ours,
        change([becoming(keeper, { ...disabled, identity: 'mine' })]),
      ),
      refused(
        'it invites somebody as its user while disabling',
        ours,
        change([becoming(keeper, { ...disabled, ...invitation(true) })]),
      ),
      refused('it enables its user again', ours, change([becoming({ ...keeper, ...disabled }, { state: 'active' })])),
      refused(
        'it hands its user to another directory',
        ours,
        change([becoming(keeper, { source: names.source('other') })]),
      ),
    ],
  ],
  [
    'an invitation',
    [
      passes("of a keeper's is accepted", invited, accepts(guest(true), 'invitation')),
      refused("is accepted that was not a keeper's", invited, accepts(guest(false), 'invitation')),
      refused('is accepted by somebody who may not', {}, accepts(guest(true), 'invitation')),
      refused('is accepted, and remains', invited, accepts(guest(true))),
      refused('is accepted over a binding', invited, accepts({ ...guest(true), identity: 'hers' }, 'invitation')),
      refused('is withdrawn', invited, change([becoming(guest(true), {}, 'invitation')])),
      refused('is there for none who has been asked', invited, accepts(access('guest'))),
    ],
  ],
])('%s', (_, cases) => {
  test.each(cases.map((one) => [one.title, one] as const))('%s', (_title, { exempt, what, refused: wanted }) => {
    const before: World = {
      ...start,
      users: new Map([...start.users, ...what.users.map((u) => [u.after.id, u.before] as const)]),
    };
    const judge = () => refuseWayUp(before, applied(before, what), what, exempt);
    if (wanted) expect(judge).toThrow(expect.objectContaining({ code: 'keeper-needed' }));
    else expect(judge).not.toThrow();
  });
});
