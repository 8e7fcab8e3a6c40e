// The engine that serves where a platform has no embedded binary, as a user meets it. The store's contract is run on it
// as a whole (project `in-process` of vitest.config.ts); here is what that does not reach.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError, startEngine } from '../../infra/local/engine.ts';
import { scopes, startInstance } from '../../infra/local/instance.ts';

const resolveBinary = () => undefined;

describe('a platform without an embedded engine', () => {
  let instance: Awaited<ReturnType<typeof startInstance>>;
  beforeAll(async () => {
    instance = await startInstance({ port: 0, demo: false, resolveBinary });
  });
  afterAll(() => instance.close());

  const ask = async (method: string, path: string, token: string, body?: unknown) => {
    const response = await fetch(`${instance.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': path },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: looked into freely
    return { status: response.status, body: (await response.json().catch(() => undefined)) as any };
  };

  it('CT-44 CT-45: serves a tenant from its creation to the refusal of a lock-out, and says that nothing is kept', async () => {
    expect(instance.keeps).toBe('process');
    const operator = await instance.issuer.token({ subject: 'operator', scope: scopes.operator });
    const identity = { issuer: instance.issuer.issuer, subject: 'ada' };
    const firstUser = { name: 'Ada', identity };
    const made = await ask('POST', '/v1/tenants', operator, { name: 'Harbour', catalogue: 'complete', firstUser });
    expect(made.status).toBe(201);
    const ada = await instance.issuer.token({ subject: 'ada', scope: scopes.person, tenant: made.body.id });
    const role = await ask('POST', '/v1/roles', ada, { name: 'Help desk' });
    expect(role.status).toBe(201);
    const { body: users } = await ask('GET', '/v1/users', ada);
    expect(users.items.map((user: { name: string }) => user.name)).toEqual(['Ada']);
    const gone = await ask('DELETE', `/v1/users/${users.items[0].id}`, ada);
    expect([gone.status, gone.body.code]).toEqual([409, 'last-access-manager']);
    expect((await ask('GET', '/v1/users', ada)).body).toEqual(users);
    const events = await ask('GET', '/v1/audit/events', ada);
    expect(events.body.items.map((event: { action: string }) => event.action)).toContain('role.created');
  });
});

describe('what it cannot keep', () => {
  it('refuses a data folder in one sentence, and leaves nothing in it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-in-process-'));
    const refused = startEngine({ folder, resolveBinary });
    await expect(refused).rejects.toThrow(EngineError);
    await expect(refused).rejects.toThrow(/leave the folder out .* DYNAMODB_ENDPOINT/);
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });
});

describe('its API', () => {
  it('answers what it does not know as the service does, by the name of the error', async () => {
    const engine = await startEngine({ resolveBinary });
    const send = async (operation: string, body: object) => {
      const headers = {
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'content-type': 'application/x-amz-json-1.0',
      };
      const response = await fetch(engine.endpoint, { method: 'POST', headers, body: JSON.stringify(body) });
      const { __type } = (await response.json()) as { __type?: string };
      return [response.status, __type?.split('#').at(-1)];
    };
    expect(await send('DropEverything', {})).toEqual([400, 'UnknownOperationException']);
    expect(await send('DescribeTable', { TableName: 'none' })).toEqual([400, 'ResourceNotFoundException']);
    expect(await send('GetItem', { TableName: 'none', Key: {} })).toEqual([400, 'ResourceNotFoundException']);
    await engine.close();
  });
});
