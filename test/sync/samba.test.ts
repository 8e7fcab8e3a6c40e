// Active Directory, played by Samba, and the client. DIRECTORY_PEOPLE sets another size, up to some 2,000.
import { vi } from 'vitest';
import { describeOn } from '../support/ldap.ts';
import { longSuite } from '../support/patience.ts';
import { available, startSamba } from '../support/samba.ts';
import { tellStory } from './sequence.ts';

vi.setConfig(longSuite);

const people = Math.min(2_000, Number(process.env.DIRECTORY_PEOPLE ?? 300));

describeOn(available(), 'a tenant beside Samba', () => {
  const base = 'OU=Harbour,DC=example,DC=test';
  tellStory({ kind: 'active-directory', base, people, groups: Math.max(30, people / 40), start: startSamba });
});
