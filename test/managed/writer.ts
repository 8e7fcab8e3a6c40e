// Another process, which changes rights while checks are answered: it puts users into a role and takes them out, one at a
// time, in all tenants by turns, and tells the version that each change has made. It makes a change for each word that it
// hears, so that changes and requests keep pace on any machine.
import { on } from 'node:events';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { documentClient } from '../../shared/store/client.ts';
import { Harness, person } from '../support/harness.ts';

/** A tenant, its role, and the users who come and go. */
export interface Written {
  readonly tenant: string;
  readonly role: string;
  readonly users: readonly string[];
}
/** The version of a tenant, and who is in its role from then on. */
export interface Change {
  readonly tenant: string;
  readonly version: number;
  readonly members: readonly string[];
}

const write = async (tenants: readonly Written[]): Promise<void> => {
  const { DYNAMODB_ENDPOINT, TABLE_NAME = '' } = process.env;
  const harness = new Harness(documentClient(DYNAMODB_ENDPOINT), TABLE_NAME);
  const members = new Map(tenants.map(({ tenant }) => [tenant, new Set<string>()]));
  const words = on(process, 'message');
  for (let step = 0; ; step += 1)
    for (const [i, { tenant, role, users }] of tenants.entries()) {
      const { value: [word] = [] } = await words.next();
      if (word === 'stop') return process.disconnect();
      const user = users[(step * (i + 1)) % users.length] as string;
      const of = members.get(tenant) as Set<string>;
      const operation = of.delete(user) ? 'removeRoleMembers' : 'addRoleMembers';
      if (operation === 'addRoleMembers') of.add(user);
      const request = { as: person(tenant, 'admin'), params: { roleId: role }, body: { members: [user] } };
      await harness.ok(operation, request);
      const version = (await harness.store.view(tenant as TenantId))?.head.version as number;
      process.send?.({ tenant, version, members: [...of] } satisfies Change);
    }
};

if (process.env.HOLDFAST_WRITTEN) await write(JSON.parse(process.env.HOLDFAST_WRITTEN));
