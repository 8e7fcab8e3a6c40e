// Cerbos as its makers publish it: a server written in Go, which is told the roles of the user and the owner of the rule
// with each question, reads no database and checks no token.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileBeside } from './beside.ts';
import { requestOf } from './load.ts';
import { type Asked, type BenchWorld, plainly } from './world.ts';

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
};

const policyOf = (resource: string, rules: readonly object[]): object => ({
  apiVersion: 'api.cerbos.dev/v1',
  resourcePolicy: { version: 'default', resource, rules },
});

const policiesOf = (world: BenchWorld): object[] => {
  const { roles } = plainly(world);
  const allow = (action: string, role: string, expr?: string) => ({
    actions: [action],
    effect: 'EFFECT_ALLOW',
    roles: [role],
    ...(expr && { condition: { match: { expr } } }),
  });
  return [
    policyOf(
      'account',
      roles.map(({ id }) => allow('billing', id)),
    ),
    policyOf(
      'policy',
      roles.map(({ id, all, policy }) => allow('viewQuarantine', id, all ? undefined : `R.id == "${policy}"`)),
    ),
    policyOf(
      'rule',
      roles.map(({ id }) => allow('edit', id, `R.attr.owner == "${id}"`)),
    ),
  ];
};

/** The questions of a world as requests to Cerbos. */
export const cerbosRequests = (world: BenchWorld): Buffer[] => {
  const { rolesOfUser, owners } = plainly(world);
  const resourceOf = (one: Asked) => {
    if (one.about === 'account') return [{ kind: 'account', id: 'it' }, 'billing'];
    if (one.about === 'policy') return [{ kind: 'policy', id: one.policy }, 'viewQuarantine'];
    return [{ kind: 'rule', id: one.rule, attr: { owner: owners.get(one.rule) } }, 'edit'];
  };
  return world.asked.map((one) => {
    const [resource, action] = resourceOf(one);
    return requestOf(
      '/api/check/resources',
      {},
      {
        requestId: 'bench',
        principal: { id: String(one.user), roles: rolesOfUser[one.user] },
        resources: [{ resource, actions: [action] }],
      },
    );
  });
};

/** True when an answer of Cerbos allows. */
export const cerbosAllows = (body: string): boolean => /:\s*"EFFECT_ALLOW"/.test(body);

/** Starts Cerbos with the policies of a world; undefined where it is not installed. */
export const startCerbos = async (world: BenchWorld) => {
  const binary = [`linux-${process.arch}`].map((name) => fileBeside(`@cerbos/cerbos-${name}/cerbos-${name}`))[0];
  if (binary === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  for (const [n, policy] of policiesOf(world).entries())
    await writeFile(join(folder, `policy-${n}.json`), JSON.stringify(policy));
  const [port, other] = [await freePort(), await freePort()];
  const settings = [
    `server.httpListenAddr=127.0.0.1:${port}`,
    `server.grpcListenAddr=127.0.0.1:${other}`,
    'storage.driver=disk',
    `storage.disk.directory=${folder}`,
    'telemetry.disabled=true',
    'server.logRequestPayloads=false',
  ];
  const child = spawn(binary, ['server', '--log-level=error', ...settings.map((one) => `--set=${one}`)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const close = async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answers = await fetch(`http://127.0.0.1:${port}/_cerbos/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) return { port, pid: child.pid as number, close };
    await new Promise((done) => setTimeout(done, 50));
  }
  await close();
  throw new Error('Cerbos does not answer');
};
