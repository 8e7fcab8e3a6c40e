// What `ldapsearch` prints of a real directory, folded and coded as it likes, is a file that a tenant takes in; and the
// tenant then has what the directory says, by a reading that shares no code with it.
import { expect, it, vi } from 'vitest';
import { openGuards } from '../support/directory.ts';
import { describeOn, run } from '../support/ldap.ts';
import { longSuite } from '../support/patience.ts';
import { available as sambaAvailable, startSamba } from '../support/samba.ts';
import { available as slapdAvailable, startSlapd } from '../support/slapd.ts';
import { Journey } from './journey.ts';
import { Office } from './office.ts';

vi.setConfig(longSuite);

const kinds = [
  {
    kind: 'ldap',
    unavailable: slapdAvailable(),
    start: startSlapd,
    base: 'dc=harbour,dc=example',
    attributes: ['*', 'entryUUID', 'pwdAccountLockedTime'],
  },
  {
    kind: 'active-directory',
    unavailable: sambaAvailable(),
    start: startSamba,
    base: 'OU=Harbour,DC=example,DC=test',
    attributes: ['*', 'primaryGroupToken'],
  },
] as const;

for (const { kind, unavailable, start, base, attributes } of kinds)
  describeOn(unavailable, `an export of ${kind}`, () => {
    it('is taken in as the directory says, before and after people, units and groups have changed', async () => {
      const office = new Office(kind, base, { people: 200, groups: 40 });
      const directory = await start(office.entries());
      // An emptied group is held; that is told in the story of each directory.
      const journey = await Journey.start(directory, { guards: openGuards });
      try {
        // The third level contains itself by way of the first.
        await directory.change(office.join('leaf 1', office.group('top 0')));
        const take = async () => {
          const { dn, password } = directory.sync;
          const as = ['-x', '-LLL', '-H', directory.url, '-D', dn, '-w', password];
          const search = [...as, '-E', 'pr=500/noprompt', '-b', base, '(objectClass=*)', ...attributes];
          const body = await run('ldapsearch', search, { env: { LDAPTLS_CACERT: directory.caFile } });
          expect(body).toMatch(/\n /);
          const posted = await journey.tenant.ok('postDelta', { params: { sourceId: journey.source }, body });
          expect(await journey.over(posted.body.id)).toMatchObject({ state: 'done', counts: { rejected: 0 } });
        };
        await take();
        await journey.give('leaf 1', 'middle 0', 'top 0', 'leaf 2');
        await journey.agrees('at first');
        const { n, change } = office.hire('north');
        await directory.change(
          change,
          office.join('leaf 2', office.person(n)),
          office.rename(9, 'renamed 9'),
          office.rename(0, 'Ruiz, R'),
          office.move(10, 'north'),
          office.moveUnit('south', 'deep', 'archive'),
          office.disable(11),
          office.enable(11),
          office.disable(13),
          office.renameGroup('leaf 4', 'leaf four'),
          office.empty('leaf 5'),
        );
        await take();
        await journey.agrees('after changes');
      } finally {
        await journey.close();
        await directory.close();
      }
    });
  });
