// What a user of the package does with it, by the examples of its README. The test puts this file beside them, built, in a
// project of its own, and runs it on every Node that the package is for. It writes what it saw to standard output.
import { createServer } from 'node:http';
import { grantTo } from './grant.js';
import { holdfast } from './holdfast.js';
import { membersOf } from './members.js';
import { menuOf } from './menu.js';
import { needs } from './needs.js';
import { logOn, may } from './offline.js';

const { ROLE: roleId, TENANT: tenant, ABILITIES = '[]' } = process.env;

/** The status with which the middleware answers a user who may, one who may not, and one of whom no answer comes. */
const throughMiddleware = async () => {
  const billing = needs('billing', (request) => request.headers['x-user']);
  const server = createServer((request, response) =>
    billing(request, response, (error) => response.writeHead(error ? 500 : 204).end()),
  );
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const ask = async (user) =>
    (await fetch(`http://127.0.0.1:${server.address().port}/`, { headers: { 'x-user': user } })).status;
  const statuses = [await ask('bo#1'), await ask('nobody#1'), await ask('x'.repeat(300))];
  await new Promise((done) => server.close(done));
  return statuses;
};

/** Every kind of question, since each is decided by other code. */
const offline = async () => {
  const snapshot = await logOn('bo#1', { issuer: 'holdfast', tenant });
  const questions = [
    { permission: 'billing' },
    { permission: 'purchase' },
    { permission: 'editActions', ruleType: 'signature' },
    ...JSON.parse(ABILITIES).map((ability) => ({ ability })),
  ];
  const differing = [];
  for (const question of questions) {
    const decision = snapshot.check(question);
    if (decision === 'ask-the-server') continue;
    const { allowed, reason } = await holdfast.check({ body: { session: snapshot.session, ...question } });
    if (decision.allowed !== allowed || decision.reason !== reason) differing.push([question, decision]);
  }
  return [await may(snapshot, 'billing'), await may(snapshot, 'purchase'), questions.length > 10, differing];
};

const seen = {
  middleware: await throughMiddleware(),
  menu: await menuOf('bo#1'),
  offline: await offline(),
  granted: [await grantTo(roleId, 'purchase'), await grantTo(roleId, 'viewQuarantinedImages')],
  menuAfter: await menuOf('bo#1'),
  members: await membersOf(roleId),
};
process.stdout.write(JSON.stringify(seen));
