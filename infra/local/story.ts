// The product's story: the main job from beginning to end, each step with its answer. The tour plays it on this
// machine, and the acceptance suite plays it on any deployment.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AnswerOf,
  type Arguments,
  type Client,
  HoldfastProblem,
  type OperationId,
  type RequestOf,
} from '../../clients/typescript/index.ts';
import { operation } from '../../shared/routes/operations.ts';
import { counted } from '../../shared/text/counted.ts';
import { utf8 } from '../../shared/text/text.ts';
import { as, type Deployment, type TokenFor } from '../accept/deployment.ts';
import { CommandError } from './command.ts';

let say: (text: string) => void = () => {};
let step = 0;
const heading = (text: string) => {
  step += 1;
  say(`\n${String(step).padStart(2)}. ${text}`);
};

/** A value as text, cut to one line. */
const brief = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text === undefined ? '' : text.length <= 300 ? text : `${text.slice(0, 300)}…`;
};

/** The request as one line. */
const requestLine = (id: OperationId, { params = {}, query = {}, body }: Shown): string => {
  const { method, path } = operation(id);
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name]));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) search.set(name, String(value));
  const sent = typeof body === 'string' ? `(LDIF, ${counted(body.length, 'byte')})` : brief(body);
  return `    ${method} ${filled}${search.size > 0 ? `?${search}` : ''} ${sent}`;
};
interface Shown {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/**
 * Sends a request of any operation. The cast is needed because operations without input allow the request to be left
 * out.
 */
const send = <Id extends OperationId>(client: Client, id: Id, request: RequestOf<Id>) =>
  client.call(id, ...([request] as unknown as Arguments<RequestOf<Id>>));

/** Sends a request and prints it with the picked part of its answer. */
const show = async <Id extends OperationId>(
  client: Client,
  id: Id,
  request: RequestOf<Id>,
  pick: (body: AnswerOf<Id>) => unknown = (body) => body,
): Promise<AnswerOf<Id>> => {
  say(requestLine(id, request as Shown));
  const { status, body } = await send(client, id, request);
  say(`    ${status} ${brief(pick(body as AnswerOf<Id>))}`);
  return body as AnswerOf<Id>;
};

/** Sends a request that must be refused. @throws CommandError when it is not */
const showRefused = async <Id extends OperationId>(
  client: Client,
  id: Id,
  request: RequestOf<Id>,
  status: number,
): Promise<HoldfastProblem> => {
  say(requestLine(id, request as Shown));
  try {
    await send(client, id, request);
  } catch (error) {
    if (!(error instanceof HoldfastProblem)) throw error;
    const { code, detail } = error;
    say(`    ${error.status} ${brief({ code, detail })}`);
    if (error.status === status) return error;
  }
  throw new CommandError(`The tour expected the status ${status} for ${id}.`);
};

const nameOf = ({ name }: { name: string }): string => name;

/** The id of the item with this name. */
const idOf = (list: { items: { id: string; name: string }[] }, name: string): string => {
  const found = list.items.find((one) => one.name === name);
  if (!found) throw new CommandError(`The tour expected "${name}" in the list, and it is missing.`);
  return found.id;
};

const finished = async (client: Client, runId: string): Promise<void> => {
  for (let i = 0; i < 100; i += 1) {
    const { state } = await client.getRun({ params: { runId } });
    if (state === 'done' || state === 'failed') return;
    await delay(50);
  }
  throw new CommandError(`The directory run ${runId} did not end in time.`);
};

/** Plays the story. @throws CommandError or HoldfastProblem when an answer differs from the story's */
export const play = async (deployment: Deployment, tell: (text: string) => void): Promise<void> => {
  say = tell;
  step = 0;
  const clientOf = (request: TokenFor) => as(deployment, request);
  const operator = clientOf({ subject: 'operator', scope: 'operator' });
  say(`Holdfast, on ${deployment.url}: the main job from beginning to end.`);

  heading('An operator creates a tenant; its first user manages access rights from the first moment.');
  const firstUser = { name: 'Ada Admin', identity: { issuer: deployment.issuer, subject: 'ada' } };
  const created = await show(operator, 'createTenant', {
    body: { name: 'Lighthouse Ltd', catalogue: 'exchange-rules', firstUser },
  });
  const tenant = created.id;
  const ada = { userId: created.firstUser };
  const client = clientOf({ subject: 'ada', tenant, scope: 'admin' });
  const product = clientOf({ subject: 'mail-portal', tenant, scope: 'check' });

  heading("The company's directory comes in: people, groups, a group within a group.");
  const source = await show(client, 'createSource', { body: { name: 'Office directory' } });
  const ldif = utf8(await readFile(join(import.meta.dirname, 'tour.ldif')));
  const delta = await show(client, 'postDelta', { params: { sourceId: source.id }, body: ldif });
  await finished(client, delta.id);
  await show(client, 'getRun', { params: { runId: delta.id }, query: { limit: 2 } }, ({ state, counts }) => ({
    state,
    counts,
  }));
  const users = await show(client, 'listUsers', {}, (body) => body.items.map(nameOf));
  const groups = await show(client, 'listGroups', {}, (body) => body.items.map(nameOf));
  const marketing = idOf(groups, 'Marketing');

  heading('Access-rights management is switched on: from now on product checks are enforced.');
  await show(client, 'updateTenant', { body: { enforced: true } });

  heading('A role is created. It has no permission yet.');
  const editors = { roleId: (await show(client, 'createRole', { body: { name: 'Campaign editors' } })).id };

  heading('It is granted something: editing actions, but only of one type.');
  const grant = { permission: 'editActions', actionTypes: ['insertDisclaimer'] };
  await show(client, 'addRoleGrant', { params: editors, body: grant });

  heading('A directory group becomes its member, with everybody who is in it, at any depth.');
  await show(client, 'addRoleMembers', { params: editors, body: { members: [marketing] } });

  heading('The product asks: may Pía, who is in Designers, which is in Marketing, edit disclaimers? And signatures?');
  const pia = idOf(users, 'Pía Petrova');
  const question = { user: pia, permission: 'editActions', actionType: 'insertDisclaimer' };
  const decision = ({ allowed, reason }: AnswerOf<'check'>) => ({ allowed, reason });
  await show(product, 'check', { body: question }, decision);
  await show(product, 'check', { body: { ...question, actionType: 'insertSignature' } }, decision);

  heading('Why? Every right comes with the ways that grant it.');
  await show(client, 'getEffectivePermissions', { params: { userId: pia } }, (body) => body.permissions);

  heading('Ada tries to lock herself out, in five ways, and is refused each time.');
  const keepers = { roleId: idOf(await client.listRoles(), 'Program and rules administrators') };
  const { etag: ifMatch = '' } = await client.call('getRoleGrants', { params: keepers });
  say('  a) She revokes Manage access rights from the only role that has it.');
  const without = { grants: [{ permission: 'createRules' }] };
  await showRefused(client, 'putRoleGrants', { params: keepers, body: without, ifMatch }, 409);
  say('  b) She deletes that role.');
  await showRefused(client, 'deleteRole', { params: keepers }, 409);
  say('  c) She removes its only member: herself.');
  await showRefused(client, 'removeRoleMembers', { params: keepers, body: { members: [ada.userId] } }, 409);
  say('  d) She disables herself.');
  await showRefused(client, 'updateUser', { params: ada, body: { state: 'disabled' } }, 409);
  say('  e) She takes her own sign-in identity away.');
  await showRefused(client, 'unbindUser', { params: ada }, 409);

  heading('Otto joins the role. He has never signed in, so he does not count yet, and the answer says so.');
  const otto = { userId: idOf(users, 'Otto Ovidiu') };
  await show(client, 'addRoleMembers', { params: keepers, body: { members: [otto.userId] } });
  const refused = await showRefused(client, 'deleteUser', { params: ada }, 409);
  say(`    ${brief(refused.document.wouldNotCount)}`);

  heading('He is invited and accepts. Now Ada may go: somebody else can manage access rights.');
  const { invitation } = await show(client, 'inviteUser', { params: otto }, ({ expiresAt }) => ({
    invitation: '(sent to Otto)',
    expiresAt,
  }));
  const ottos = clientOf({ subject: 'otto', tenant, scope: 'admin' });
  const accepted = await ottos.call('acceptInvitation', { body: { invitation } });
  say(requestLine('acceptInvitation', { body: { invitation: '(as sent)' } }));
  say(`    ${accepted.status} ${brief(nameOf(accepted.body))}`);
  await show(client, 'deleteUser', { params: ada });
  await showRefused(client, 'listRoles', {}, 403);

  heading('The audit log lists every change, and every refusal.');
  const events = await show(ottos, 'listEvents', { query: { limit: 200 } }, (body) =>
    counted(body.items.length, 'event'),
  );
  const inOrder = [...events.items].sort((one, other) => (one.at < other.at ? -1 : 1));
  for (const { at, action, code, count } of inOrder)
    say(`    ${at}  ${action}${code ? `  refused: ${code}${count > 1 ? ` (${count} times)` : ''}` : ''}`);
  say('\nThat was the tour.');
};
