// Bodies in another encoding than they declare: every operation with a body refuses them and names the fault, whether
// the gateway hands on the bytes or what it has made of them. Files of directories are read in the encoding they name.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../shared/domain/directory.ts';
import { mayLackBody } from '../../shared/routes/entry.ts';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { readBody, readRun } from '../../shared/store/runs.ts';
import { Directory, drain } from '../support/directory.ts';
import { implemented } from '../support/facts.ts';
import { boot, type Harness, operator, person, type Reply, type Request, type Tenant } from '../support/harness.ts';
import { differing, expectProblem, momentOf } from '../support/problems.ts';
import { samples, Targets } from '../support/samples.ts';

let harness: Harness;
let tenant: Tenant;
let close: () => Promise<void>;

beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
  tenant = await harness.tenant();
});
afterAll(() => close());

const withBody = operationIds.filter((id) => implemented(id) && operation(id).body !== undefined);
const asOf = (id: OperationId) => {
  const callers = operation(id).callers as string[];
  if (callers.includes('operator')) return operator;
  return callers.includes('guest') ? person(tenant.id, 'somebody') : tenant.admin;
};

/** Where the bytes of ISO 8859-1 differ from UTF-8. */
const latin1 = (text: string) => Buffer.from(text, 'latin1');

const expectNothing = async (act: () => Promise<void>): Promise<void> => {
  const before = await momentOf(harness, tenant.id);
  await act();
  const after = await momentOf(harness, tenant.id);
  expect([differing(before, after), after.changes, after.once]).toEqual([[], before.changes, before.once]);
};

it('JSON that is not UTF-8 is refused by every operation, naming the line', async () => {
  const targets = Targets.shared(tenant);
  const requests = await Promise.all(withBody.map(async (id) => [id, await samples[id](targets)] as const));
  expect(requests.length).toBeGreaterThan(20);
  await expectNothing(async () => {
    for (const [id, { body, ...rest }] of requests) {
      const text = `\n${JSON.stringify({ ü: 1 }).slice(0, -1)},${JSON.stringify(body).slice(1)}`;
      const sent: [string, Partial<Request>][] = [
        ['bytes', { bytes: latin1(text) }],
        ['as the gateway may decode it', { raw: text.replace('ü', '\ufffd') }],
        ['half a character, unescaped', { raw: text.replace('ü', '\ud83d') }],
      ];
      for (const [what, how] of sent) {
        const reply = await harness.call(id, { ...rest, ...how, as: asOf(id) });
        expectProblem(reply, 'invalid-request', `${id}: ${what}`);
        expect(reply.body.errors[0], `${id}: ${what}`).toEqual({
          field: '/',
          message: expect.stringMatching(/^line 2 has a byte that is not UTF-8.*: send JSON in UTF-8$/),
        });
      }
    }
  });
  // In base64 it is read as it is in plain.
  const { status } = await tenant.call('createRole', { bytes: Buffer.from('{"name":"Prüfer"}') });
  expect(status).toBe(201);
});

it('broken JSON and half a character are two messages, the latter naming the field', async () => {
  const messageOf = async (raw: string) => (await tenant.call('createRole', { raw })).body.errors[0];
  await expectNothing(async () => {
    for (const raw of ['{', '{"name":"\\ud83d"', "{'name':1}"])
      expect(await messageOf(raw)).toEqual({ field: '/', message: 'is not JSON' });
    const half = expect.stringMatching(/half of a character, a lone surrogate/);
    expect(await messageOf('{"name":"a\\ud83d"}')).toEqual({ field: '/name', message: half });
    expect(await messageOf('{"name":"\\udc00"}')).toEqual({ field: '/name', message: half });
    expect(await messageOf('{"name":"\\ude00\\ud83d"}')).toEqual({ field: '/name', message: half });
    expect(await messageOf('{"\\ud83d":1}')).toEqual({ field: '/', message: half });
    expect(await messageOf('{"a":[{},{"b":"\\ud800"}]}')).toEqual({ field: '/a/1/b', message: half });
    expect(await messageOf('"\\ud800"')).toEqual({ field: '/', message: half });
  });
  // Deep nesting ends in a refusal, not in a stack that overflows.
  const deep = `${'['.repeat(50_000)}"\\ud83d"${']'.repeat(50_000)}`;
  expectProblem(await tenant.call('createRole', { raw: deep }), 'invalid-request');
});

it('a body that is empty is told apart from one that is no JSON', async () => {
  await expectNothing(async () => {
    for (const raw of ['', ' \n'])
      expect((await tenant.call('createRole', { raw })).body.errors).toEqual([
        { field: '/', message: 'is empty: send a JSON object, {} where nothing is to be said' },
      ]);
  });
});

it('a body of which nothing is needed may be left out, and one that is there must be JSON', async () => {
  const mayBeLeftOut: OperationId[] = ['createSession', 'rebaseDraft', 'submitDraft'];
  expect(withBody.filter((id) => mayLackBody(operation(id)))).toEqual(expect.arrayContaining(mayBeLeftOut));
  const types: Record<string, string>[] = [
    {},
    { 'content-type': 'application/json' },
    { 'content-type': 'text/plain' },
  ];
  for (const headers of types) {
    const operations = [{ operation: 'createRole', body: { name: `By ${headers['content-type'] ?? 'nothing'}` } }];
    const draft = await tenant.ok('createDraft', { body: { name: 'For Monday', operations } });
    const params = { draftId: draft.body.id };
    const own = { params, headers: { ...headers, 'if-match': draft.etag ?? '' } };
    const wrong = { ...own, headers: { ...own.headers, 'content-type': 'application/json' } };
    expectProblem(await tenant.call('submitDraft', { ...wrong, raw: 'x' }), 'invalid-request');
    expectProblem(await tenant.call('submitDraft', { ...wrong, raw: ' ' }), 'invalid-request');
    const form = { ...own.headers, 'content-type': 'application/x-www-form-urlencoded' };
    expectProblem(await tenant.call('submitDraft', { params, headers: form, raw: 'a=b' }), 'unsupported-media-type');
    await tenant.ok('rebaseDraft', own);
    expect((await tenant.call('submitDraft', { ...own, raw: '' })).status).toBe(200);
  }
  expect((await tenant.call('createSession', {})).status).toBe(201);
  const role = await tenant.role('Readers');
  const lost = { params: { roleId: role } };
  expectProblem(await tenant.call('updateRole', lost), 'unsupported-media-type');
  expect(mayLackBody(operation('putRuleRights'))).toBe(false);
});

it('values of a query in which bytes were lost are refused, by every operation with a query', async () => {
  const targets = Targets.shared(tenant);
  for (const id of operationIds.filter(
    (one) => implemented(one) && operation(one).query && operation(one).callers.length,
  )) {
    const request = await samples[id](targets);
    const [name = ''] = Object.keys(operation(id).query?.shape ?? {});
    for (const query of [{ [name]: 'M\ufffdller' }, { [name]: '\ud83d' }] as Record<string, string>[]) {
      const reply = await harness.call(id, { ...request, query: { ...request.query, ...query }, as: asOf(id) });
      expectProblem(reply, 'invalid-request', id);
      expect(reply.body.errors[0], id).toEqual({ field: `query.${name}`, message: expect.stringMatching(/not UTF-8/) });
    }
  }
});

it('claims in which bytes were lost name nobody', async () => {
  for (const lost of ['adm\ufffdn', 'adm\ud83dn']) {
    expectProblem(await tenant.call('listRoles', { as: person(tenant.id, lost) }), 'unauthenticated');
    const as = { ...tenant.admin, claims: { email: lost } };
    expect((await tenant.call('listRoles', { as })).status).toBe(200);
  }
});

describe('a file of a directory', () => {
  const people = [
    'dn: CN=Müller,OU=Staff,DC=example',
    'objectClass: user',
    'cn: Müller',
    'sAMAccountName: mueller',
    '',
    'dn: CN=Möller,OU=Staff,DC=example',
    'objectClass: user',
    'cn: Möller',
    'sAMAccountName: moeller',
    '',
    'dn: CN=Team Müller,DC=example',
    'objectClass: group',
    'cn: Team Müller',
    'member: CN=Müller,OU=Staff,DC=example',
    '',
  ].join('\r\n');
  const utf16 = (text: string, big = false) => {
    const units = Buffer.from(`\ufeff${text}`, 'utf16le');
    return big ? units.swap16() : units;
  };
  const fresh = async () => Directory.of(await harness.tenant());
  const post = (d: Directory, bytes: Uint8Array | string, type = 'text/ldif'): Promise<Reply> =>
    d.tenant.call('postDelta', {
      params: { sourceId: d.source },
      headers: { 'content-type': type },
      ...(typeof bytes === 'string' ? { raw: bytes } : { bytes }),
    });
  /** Names of users and of the groups that they are in. */
  const seen = async (d: Directory) => {
    const all = Object.values(await d.seen()) as { name: string; groups?: string[] }[];
    return all.map(({ name, groups }) => [name, groups?.length ?? 'group']).sort();
  };

  it.each<[string, Uint8Array | string, string]>([
    ['UTF-8', Buffer.from(people), 'text/ldif'],
    ['UTF-8, handed on as text', people, 'text/ldif; charset=UTF-8'],
    ['UTF-8 with a byte order mark, as text', `\ufeff${people}`, 'text/ldif'],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${people}`), 'text/ldif'],
    ['UTF-16 by its byte order mark', utf16(people), 'text/ldif'],
    ['UTF-16, the other way round', utf16(people, true), 'Text/LDIF;charset="UTF-16"'],
    ['UTF-16LE by name, without a mark', utf16(people).subarray(2), 'text/ldif; charset=utf-16le'],
    ['UTF-16BE by name, without a mark', utf16(people, true).subarray(2), 'text/ldif; charset=utf-16be'],
    ['ISO 8859-1', latin1(people), 'text/ldif; charset=ISO-8859-1'],
    ['windows-1252', latin1(people), 'text/ldif; header=x; charset=windows-1252'],
  ])('in %s is the same two people and the group of one', async (_, bytes, type) => {
    const d = await fresh();
    const posted = await post(d, bytes, type);
    expect(posted.status, JSON.stringify(posted.body)).toBe(202);
    const key = { tenant: d.tenant.id, id: posted.body.id };
    const stored = await readBody(harness.store.db, key, (await readRun(harness.store.db, key)) as Run);
    expect(stored).toBe(people);
    await drain(harness);
    expect(await seen(d)).toEqual([
      ['Möller', 0],
      ['Müller', 1],
      ['Team Müller', 'group'],
    ]);
  });

  it.each<[string, Uint8Array | string, string, string, RegExp]>([
    ['ISO 8859-1 without its name', latin1(people), 'text/ldif', 'line 1', /not UTF-8/],
    ['what the gateway may have made of that', people.replaceAll(/[üö]/g, '\ufffd'), 'text/ldif', 'line 1', /U\+FFFD/],
    ['a bad byte late', latin1(`${'# fine\n'.repeat(900)}dn: CN=\xfc\n`), 'text/ldif', 'line 901', /not UTF-8/],
    [
      'UTF-16 without mark and with half a name',
      utf16(people).subarray(2),
      'text/ldif; charset=utf-16',
      'line 1',
      /utf-16le/,
    ],
    [
      'another encoding than its mark says',
      utf16(people),
      'text/ldif; charset=iso-8859-1',
      'line 1',
      /mark of utf-16le/,
    ],
    ['controls of ISO 8859-1', latin1('# \x84Zitat\x93\n'), 'text/ldif; charset=iso-8859-1', 'line 1', /windows-1252/],
    [
      'base64 that is not UTF-8',
      'dn: CN=a,DC=example\nobjectClass: user\ncn:: TfxsbGVy\n',
      'text/ldif',
      'line 3',
      /cn/,
    ],
    [
      'a DN in base64 that is not UTF-8',
      '\ndn:: Q049TfxsbGVy\nobjectClass: user\ncn: a\n',
      'text/ldif',
      'line 2',
      /dn/,
    ],
  ])('of %s is refused whole, naming the line', async (_, bytes, type, field, message) => {
    const d = await fresh();
    const before = await harness.facts(d.tenant.id);
    const reply = await post(d, bytes, type);
    expectProblem(reply, 'invalid-request');
    expect(reply.body.errors[0]).toEqual({ field, message: expect.stringMatching(message) });
    expect(await harness.facts(d.tenant.id)).toEqual(before);
  });

  it('in base64 that nobody reads as a text is read past', async () => {
    const d = await fresh();
    const photo = `${people.slice(0, people.indexOf('\r\n\r\n'))}\r\njpegPhoto:: /9j/4A==\r\n`;
    expect((await post(d, photo)).status).toBe(202);
    await drain(harness);
    expect(await seen(d)).toEqual([['Müller', 0]]);
  });

  it('in another encoding is refused, naming those that are read', async () => {
    const d = await fresh();
    const before = await harness.facts(d.tenant.id);
    for (const charset of ['utf-7', 'utf-32', 'shift_jis', 'latin-9', '', 'utf-8x', 'iso-8859-15']) {
      const reply = await post(d, latin1(people), `text/ldif; charset=${charset}`);
      expectProblem(reply, 'unsupported-media-type', charset);
      expect(reply.body.detail).toContain('utf-8, utf-16, utf-16le, utf-16be, iso-8859-1, windows-1252');
    }
    expect(await harness.facts(d.tenant.id)).toEqual(before);
  });

  it('is as large as it is sent and as it is in UTF-8, whichever is more', async () => {
    const d = await fresh();
    const limit = 5_000_000;
    const comment = (size: number) => `#${'ü'.repeat(size)}\n`;
    for (const [bytes, type] of [
      [latin1(comment(limit / 2)), 'text/ldif; charset=iso-8859-1'],
      [utf16(`#${'a'.repeat(limit / 2)}`), 'text/ldif'],
    ] as const)
      expectProblem(await post(d, bytes, type), 'payload-too-large', type);
  });
});
