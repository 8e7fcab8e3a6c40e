// `npm run tour`: the main job, over real HTTP on an instance of its own, each step with its answer.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandError, run } from './command.ts';
import { type Instance, scopes, startInstance } from './instance.ts';

interface Reply {
  readonly status: number;
  readonly etag: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: the tour looks into answers as a reader of the docs would
  readonly body: any;
}
interface Request {
  readonly token: string;
  readonly body?: unknown;
  readonly ldif?: string;
  readonly ifMatch?: string | null;
}

const say = (text: string) => process.stdout.write(`${text}\n`);
let step = 0;
const heading = (text: string) => {
  step += 1;
  say(`\n${String(step).padStart(2)}. ${text}`);
};

/** What of an answer is worth a line. */
const brief = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text === undefined ? '' : text.length <= 300 ? text : `${text.slice(0, 300)}…`;
};

class Tour {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async send(method: string, path: string, { token, body, ldif, ifMatch }: Request): Promise<Reply> {
    const type = ldif === undefined ? 'application/json' : 'text/ldif';
    const content = ldif ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(content !== undefined && { 'content-type': type }),
        ...(ifMatch && { 'if-match': ifMatch }),
      },
      ...(content !== undefined && { body: content }),
    });
    const text = await response.text();
    return {
      status: response.status,
      etag: response.headers.get('etag'),
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  /** A step that is shown. @throws CommandError when the answer is not the one of the story */
  async show(expected: number, method: string, path: string, request: Request, pick = (body: Reply['body']) => body) {
    const reply = await this.send(method, path, request);
    const sent = request.ldif === undefined ? brief(request.body) : `(LDIF, ${request.ldif.length} bytes)`;
    say(`    ${method} ${path} ${sent}`);
    const shown = reply.status >= 400 ? { code: reply.body?.code, detail: reply.body?.detail } : pick(reply.body);
    say(`    ${reply.status} ${brief(shown)}`);
    if (reply.status !== expected) throw new CommandError(`The tour expected ${expected} there: ${brief(reply.body)}`);
    return reply;
  }
}

const play = async ({ url, issuer }: Instance): Promise<void> => {
  const tour = new Tour(url);
  const operator = await issuer.token({ subject: 'operator', scope: scopes.operator });
  say(`Holdfast, on ${url}: the main job from beginning to end.`);

  heading('An operator creates a tenant; its first user manages access rights from the first moment.');
  const firstUser = { name: 'Ada Admin', identity: { issuer: issuer.issuer, subject: 'ada' } };
  const created = await tour.show(201, 'POST', '/v1/tenants', {
    token: operator,
    body: { name: 'Lighthouse Ltd', catalogue: 'exchange-rules', firstUser },
  });
  const tenant: string = created.body.id;
  const ada: string = created.body.firstUser;
  const token = await issuer.token({ subject: 'ada', tenant, scope: scopes.person });
  const product = await issuer.token({ subject: 'mail-portal', tenant, scope: scopes.service });

  heading("The company's directory comes in: people, groups, a group within a group.");
  const source = await tour.show(201, 'POST', '/v1/directory/sources', { token, body: { name: 'Office directory' } });
  const ldif = await readFile(join(import.meta.dirname, 'tour.ldif'), 'utf8');
  const deltas = `/v1/directory/sources/${source.body.id}/deltas`;
  const delta = await tour.show(202, 'POST', deltas, { token, ldif });
  await finished(tour, token, delta.body.id);
  await tour.show(200, 'GET', `/v1/directory/runs/${delta.body.id}?limit=2`, { token }, ({ state, counts }) => ({
    state,
    counts,
  }));
  const users = await tour.show(200, 'GET', '/v1/users', { token }, (body) => body.items.map(nameOf));
  const groups = await tour.show(200, 'GET', '/v1/groups', { token }, (body) => body.items.map(nameOf));
  const id = (list: Reply, name: string): string =>
    list.body.items.find((one: { name: string }) => one.name === name)?.id;
  const marketing = id(groups, 'Marketing');

  heading('Access-rights management is switched on: from now on product checks are enforced.');
  await tour.show(200, 'PATCH', '/v1/tenant', { token, body: { enforced: true } });

  heading('A role is created. It has no permission yet.');
  const role = await tour.show(201, 'POST', '/v1/roles', { token, body: { name: 'Campaign editors' } });
  const roleId: string = role.body.id;

  heading('It is granted something: editing actions, but only of one type.');
  const grants = `/v1/roles/${roleId}/grants`;
  await tour.show(200, 'POST', grants, {
    token,
    body: { permission: 'editActions', actionTypes: ['insertDisclaimer'] },
  });

  heading('A directory group becomes its member, with everybody who is in it, at any depth.');
  await tour.show(200, 'POST', `/v1/roles/${roleId}/members`, { token, body: { members: [marketing] } });

  heading('The product asks: may Pía, who is in Designers, which is in Marketing, edit disclaimers? And signatures?');
  const pia = id(users, 'Pía Petrova');
  const question = { user: pia, permission: 'editActions', actionType: 'insertDisclaimer' };
  const decision = ({ allowed, reason }: Reply['body']) => ({ allowed, reason });
  await tour.show(200, 'POST', '/v1/check', { token: product, body: question }, decision);
  const other = { ...question, actionType: 'insertSignature' };
  await tour.show(200, 'POST', '/v1/check', { token: product, body: other }, decision);

  heading('Why? Every right comes with the ways that grant it.');
  await tour.show(200, 'GET', `/v1/users/${pia}/effective-permissions`, { token }, (body) => body.permissions);

  heading('Ada tries to lock herself out, in five ways, and is refused each time.');
  const roles = await tour.send('GET', '/v1/roles', { token });
  const keepers = id(roles, 'Program and rules administrators');
  const keeperGrants = await tour.send('GET', `/v1/roles/${keepers}/grants`, { token });
  const without = { token, body: { grants: [{ permission: 'createRules' }] }, ifMatch: keeperGrants.etag };
  say('  a) She revokes Manage access rights from the only role that has it.');
  await tour.show(409, 'PUT', `/v1/roles/${keepers}/grants`, without);
  say('  b) She deletes that role.');
  await tour.show(409, 'DELETE', `/v1/roles/${keepers}`, { token });
  say('  c) She removes its only member: herself.');
  await tour.show(409, 'POST', `/v1/roles/${keepers}/members/remove`, { token, body: { members: [ada] } });
  say('  d) She disables herself.');
  await tour.show(409, 'PATCH', `/v1/users/${ada}`, { token, body: { state: 'disabled' } });
  say('  e) She takes her own sign-in identity away.');
  await tour.show(409, 'DELETE', `/v1/users/${ada}/identity`, { token });

  heading('Otto joins the role. He has never signed in, so he does not count yet, and the answer says so.');
  const otto = id(users, 'Otto Ovidiu');
  await tour.show(200, 'POST', `/v1/roles/${keepers}/members`, { token, body: { members: [otto] } });
  const refused = await tour.show(409, 'DELETE', `/v1/users/${ada}`, { token });
  say(`    ${brief(refused.body.wouldNotCount)}`);

  heading('He is invited and accepts. Now Ada may go: somebody else can manage access rights.');
  const invited = await tour.show(201, 'POST', `/v1/users/${otto}/invitation`, { token }, ({ expiresAt }) => ({
    invitation: '(sent to Otto)',
    expiresAt,
  }));
  const ottoToken = await issuer.token({ subject: 'otto', tenant, scope: scopes.person });
  const invitation = { invitation: invited.body.invitation };
  const accepted = await tour.send('POST', '/v1/invitations/accept', { token: ottoToken, body: invitation });
  say(
    `    POST /v1/invitations/accept {"invitation":"(as sent)"}\n    ${accepted.status} ${brief(nameOf(accepted.body))}`,
  );
  await tour.show(204, 'DELETE', `/v1/users/${ada}`, { token });
  await tour.show(403, 'GET', '/v1/roles', { token });

  heading('The audit tells it all, the refusals included.');
  await tour.show(
    200,
    'GET',
    '/v1/audit/events?limit=200',
    { token: ottoToken },
    (body) => `${body.items.length} events`,
  );
  const events = await tour.send('GET', '/v1/audit/events?limit=200', { token: ottoToken });
  for (const { at, action, code, count } of [...events.body.items].reverse())
    say(`    ${at}  ${action}${code ? `  refused: ${code}${count > 1 ? ` (${count} times)` : ''}` : ''}`);
  say('\nThat was the tour.');
};

const nameOf = ({ name }: { name: string }): string => name;

const finished = async (tour: Tour, token: string, run: string): Promise<void> => {
  for (let i = 0; i < 100; i += 1) {
    const { body } = await tour.send('GET', `/v1/directory/runs/${run}`, { token });
    if (body.state === 'done' || body.state === 'failed') return;
    await delay(50);
  }
  throw new CommandError('The directory run did not end.');
};

await run(async () => {
  const instance = await startInstance({
    port: 0,
    log: (level, message, fields) => {
      if (level === 'error') process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
    },
  });
  const stop = () => {
    instance.close().finally(() => process.exit(130));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    await play(instance);
  } finally {
    await instance.close();
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
});
