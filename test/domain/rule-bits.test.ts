// Rights on sections and on actions against a reference that knows nothing but the words of CT-64..78: for each role a
// table of bits, as somebody with a pencil would tick them, and the tables laid one upon the other (CT-79, Q-08).
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type RoleId, userRef } from '../../shared/domain/base/ids.ts';
import { Book } from '../../shared/domain/book/book.ts';
import type { Access, BookRecord, Grant } from '../../shared/domain/book/records.ts';
import { recordName } from '../../shared/domain/book/records.ts';
import { decide } from '../../shared/domain/deciding/decide.ts';
import { bitsFor, lacking } from '../../shared/domain/deciding/rule-needs.ts';
import { long } from '../support/patience.ts';
import { runs, userId } from './arbitraries.ts';
import { emptyBook } from './rule-worlds.ts';

// Named here, not taken from the catalogue: the reference is to notice if they change.
const actionTypes = ['insertSignature', 'insertDisclaimer', 'insertBanner', 'setHeader', 'blockMessage'];
const ruleTypes = ['signatureRule', 'attachmentRule', 'routingRule'];
const sectionRights = ['createRules', 'manageRulesOrder', 'manageConditions', 'manageOptions'];
const verbs = ['editActions', 'addActions', 'deleteActions'];

/** A role as somebody would fill it in: sections, and the actions part whole or customised (CT-71). */
const role = fc
  .record({
    everything: fc.option(fc.constant(true), { freq: 20 }),
    sections: fc.subarray(sectionRights),
    only: fc.option(fc.subarray(ruleTypes), { freq: 2 }),
    program: fc.boolean(),
    whole: fc.option(fc.constantFrom(undefined, ...ruleTypes.map((type) => [type])), { freq: 3, nil: 'none' as const }),
    edit: fc.option(fc.option(fc.subarray(actionTypes), { freq: 3 }), { freq: 3, nil: 'none' as const }),
    add: fc.boolean(),
    del: fc.boolean(),
    verbsOnly: fc.option(fc.subarray(ruleTypes), { freq: 3 }),
  })
  .map((filled) => ({ ...filled, grants: grantsOf(filled) }));

interface Filled {
  everything: true | null;
  sections: string[];
  only: string[] | null;
  program: boolean;
  whole: string[] | undefined | 'none';
  edit: string[] | null | 'none';
  add: boolean;
  del: boolean;
  verbsOnly: string[] | null;
}

/** The same as a set of grants. */
const grantsOf = (f: Filled): Grant[] => [
  ...(f.everything ? [{ permission: '*' }] : []),
  ...(f.program ? [{ permission: 'manageProgramFeatures' }] : []),
  ...f.sections.map((permission) => ({ permission, ...(f.only && { ruleTypes: f.only }) })),
  ...(f.whole === 'none' ? [] : [{ permission: 'manageActions', ...(f.whole && { ruleTypes: f.whole }) }]),
  ...(f.edit === 'none'
    ? []
    : [
        {
          permission: 'editActions',
          ...(f.edit && { actionTypes: f.edit }),
          ...(f.verbsOnly && { ruleTypes: f.verbsOnly }),
        },
      ]),
  ...(f.add ? [{ permission: 'addActions' }] : []),
  ...(f.del ? [{ permission: 'deleteActions' }] : []),
];

/** Ticks a role's table: `right`, `right rule`, `verb action rule`. */
const ticks = (f: Filled): Set<string> => {
  const table = new Set<string>();
  const section = (right: string, limit: readonly string[] | null) => {
    for (const type of limit ?? ruleTypes) table.add(`${right} ${type}`);
    if (limit === null) table.add(right);
  };
  // CT-64, CT-65..68, CT-69, CT-78: each section by its own right, in rules of the types it is limited to.
  for (const right of f.everything ? sectionRights : []) section(right, null);
  for (const right of f.sections) section(right, f.only);
  // CT-55, CT-58..61.
  if (f.program || f.everything) table.add('manageProgramFeatures');
  for (const type of ruleTypes) {
    // CT-70, CT-71: granted whole, it is edit, add and delete of every type.
    const whole = f.everything || (f.whole !== 'none' && (f.whole === undefined || f.whole.includes(type)));
    for (const action of actionTypes) {
      // CT-72: editing, of all types or of those selected.
      const chosen = f.edit !== 'none' && (f.edit === null || f.edit.includes(action));
      const edit = whole || (chosen && (f.verbsOnly === null || f.verbsOnly.includes(type)));
      if (edit) table.add(`editActions ${action} ${type}`);
      // CT-73, CT-74: only of the types that this role may edit; CT-75, CT-76: each by its own flag; CT-77: else nothing.
      if (edit && (whole || f.add)) table.add(`addActions ${action} ${type}`);
      if (edit && (whole || f.del)) table.add(`deleteActions ${action} ${type}`);
    }
  }
  return table;
};

/** What each ability needs, by the seed's words. */
const abilities: readonly (readonly [string, string])[] = [
  ['addRule', 'createRules'], // CT-64
  ['reorderRules', 'manageRulesOrder'], // CT-65
  ['editGeneralProperties', 'manageRulesOrder'], // CT-66
  ['categoriesTab', 'manageRulesOrder'], // CT-56, CT-67
  ['manageCategories', 'manageRulesOrder'], // CT-68
  ['editConditions', 'manageConditions'], // CT-69
  ['editExceptions', 'manageConditions'], // CT-69
  ['editOptions', 'manageOptions'], // CT-78
];
const programAbilities = [
  ...['settingsTabs', 'importExport', 'collectDiagnostics', 'openLicensing', 'activateLicence', 'changeNotifications'],
];
/** What a change of some part of a rule needs. */
const parts: readonly (readonly [object, string])[] = [
  [{ name: 'New' }, 'manageRulesOrder'],
  [{ description: 'New' }, 'manageRulesOrder'],
  [{ enabled: false }, 'manageRulesOrder'],
  [{ categories: [] }, 'manageRulesOrder'],
  [{ conditions: [] }, 'manageConditions'],
  [{ exceptions: [] }, 'manageConditions'],
  [{ options: {} }, 'manageOptions'],
];

const user = {
  ...{ id: userId(1), life: '00000a', rev: 1, kind: 'person', state: 'active', source: 'local' },
  ...{ groups: new Set(), personal: [], stamp: 0 },
} as unknown as Access;

const bookOf = (roles: readonly Filled[], sets: readonly Grant[][]): Book => {
  const records = roles.flatMap((_, i): BookRecord[] => {
    const id = `r00000000000${i + 1}` as RoleId;
    const newRules = { view: true, edit: true, delete: false };
    const named = { id, name: `Role ${i}`, description: '', newRules, groups: new Set<never>(), deleted: false };
    return [
      { kind: 'role', rev: 1, ...named, grants: sets[i] as Grant[] },
      { kind: 'members', rev: 1, role: id, chunk: 0, users: new Set([userRef(user.id, user.life)]) },
    ];
  });
  const { records: empty } = emptyBook();
  return new Book(1, new Map([...empty, ...records.map((record) => [recordName(record), record] as const)]));
};

it('CT-64..78: sections and action types, in over 2,000 sets of roles', { timeout: long }, () => {
  const seen = { yes: 0, no: 0 };
  fc.assert(
    fc.property(fc.array(role, { maxLength: 3 }), (roles) => {
      const table = new Set(roles.flatMap((one) => [...ticks(one)]));
      const book = bookOf(
        roles,
        roles.map(({ grants }) => grants),
      );
      const is = (question: object, expected: boolean) => {
        seen[expected ? 'yes' : 'no'] += 1;
        if (decide(book, user, question).allowed !== expected)
          expect.fail(`${JSON.stringify(question)} is ${!expected}, with ${JSON.stringify(roles)}`);
      };
      for (const ruleType of ruleTypes) {
        for (const permission of sectionRights) is({ permission, ruleType }, table.has(`${permission} ${ruleType}`));
        for (const [ability, right] of abilities) is({ ability, ruleType }, table.has(`${right} ${ruleType}`));
        for (const actionType of actionTypes)
          for (const verb of verbs)
            is({ permission: verb, actionType, ruleType }, table.has(`${verb} ${actionType} ${ruleType}`));
        // CT-70, CT-72: the tab opens for whoever may edit an action of the type.
        for (const actionType of actionTypes)
          is({ ability: 'actionsTab', actionType, ruleType }, table.has(`editActions ${actionType} ${ruleType}`));
        const rights = {
          holds: (id: string, scope: object) => decide(book, user, { permission: id, ...scope }).allowed,
        };
        const hands = { rights, onRules: { has: () => true } } as unknown as Parameters<typeof lacking>[0];
        for (const [wanted, right] of parts) {
          const missing = lacking(hands, { type: ruleType } as never, bitsFor(wanted));
          expect(missing).toEqual(table.has(`${right} ${ruleType}`) ? [] : [{ permission: right }]);
        }
      }
      // CT-67, CT-68: categories are of all rules; every other tab opens for whoever may do something in it.
      for (const [ability, right] of abilities)
        is(
          { ability },
          /categor/i.test(ability) ? table.has(right) : ruleTypes.some((type) => table.has(`${right} ${type}`)),
        );
      const edits = (at: string) => [...table].some((tick) => tick.startsWith('editActions ') && tick.includes(at));
      is({ ability: 'actionsTab' }, edits(''));
      for (const ruleType of ruleTypes) is({ ability: 'actionsTab', ruleType }, edits(` ${ruleType}`));
      for (const actionType of actionTypes) is({ ability: 'actionsTab', actionType }, edits(` ${actionType} `));
      for (const ability of programAbilities) is({ ability }, table.has('manageProgramFeatures'));
      for (const ability of ['logonSettingsTab', 'connectionTab']) is({ ability }, true); // CT-57
    }),
    runs(2_500),
  );
  // Neither answer is a rare one.
  expect(Math.min(seen.yes, seen.no)).toBeGreaterThan(50_000);
});
