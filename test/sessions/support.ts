// A tenant with people who log on, and shorthands for what tests of sessions do all the time.
import { type As, type Harness, person, type Reply, service, type Tenant } from '../support/harness.ts';

export class Sessions {
  readonly tenant: Tenant;
  readonly product: As;

  constructor(tenant: Tenant) {
    this.tenant = tenant;
    this.product = service(tenant.id);
  }

  static async of(harness: Harness, catalogue = 'complete'): Promise<Sessions> {
    return new Sessions(await harness.tenant(catalogue));
  }

  /** Somebody with these grants of their own, in a catalogue that has such; signs in by the name. */
  async user(name: string, grants?: readonly object[]): Promise<string> {
    const id = await this.tenant.user(name, name);
    if (grants) await this.tenant.setGrants(id, grants);
    return id;
  }

  as(name: string): As {
    return person(this.tenant.id, name);
  }

  async logOn(user: string, more: object = {}): Promise<string> {
    return (await this.tenant.ok('createSession', { as: this.product, body: { user, ...more } })).body.id;
  }

  /** A check in a session, by the product. */
  ask(session: string, question: object, more: object = {}): Promise<Reply> {
    return this.tenant.call('check', { as: this.product, body: { session, ...question, ...more } });
  }

  async may(session: string, question: object): Promise<boolean> {
    const reply = await this.ask(session, question);
    if (reply.status !== 200) throw new Error(`${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply.body.allowed;
  }

  /** What became of a session: `open`, or the code with which a check refuses it. */
  async state(session: string, question: object = { permission: 'billing' }): Promise<string> {
    const { status, body } = await this.ask(session, question);
    return status === 200 ? 'open' : body.code;
  }

  async open(user: string): Promise<string[]> {
    const { body } = await this.tenant.ok('listSessions', { params: { userId: user } });
    return body.items.map(({ id }: { id: string }) => id);
  }

  mode(changesTakeEffect: 'immediately' | 'nextLogon'): Promise<Reply> {
    return this.tenant.ok('updateTenant', { body: { changesTakeEffect } });
  }
}
