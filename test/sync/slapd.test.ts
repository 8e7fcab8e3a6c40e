// OpenLDAP and the client. DIRECTORY_PEOPLE sets another size: 20000 for the one of the issue.
import { vi } from 'vitest';
import { describeOn } from '../support/ldap.ts';
import { longSuite } from '../support/patience.ts';
import { available, startSlapd } from '../support/slapd.ts';
import { tellStory } from './sequence.ts';

vi.setConfig(longSuite);

const people = Number(process.env.DIRECTORY_PEOPLE ?? 500);

describeOn(available(), 'a tenant beside slapd', () => {
  tellStory({
    kind: 'ldap',
    base: 'dc=harbour,dc=example',
    people,
    groups: Math.max(40, people / 40),
    start: startSlapd,
  });
});
