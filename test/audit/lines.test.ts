// The line of a sealed event: its fields, its bytes, and the published schema.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { eventLine, sealedEvent, sealingForm } from '../../shared/audit/line.ts';
import { toEvent } from '../../shared/store/items.ts';
import { utf8 } from '../../shared/text/text.ts';
import { boot, person } from '../support/harness.ts';

const tenant = 't0123456789ab';
const schema = JSON.parse(utf8(readFileSync(new URL('../../docs/audit-event.schema.json', import.meta.url))));
const published = z.fromJSONSchema(schema);

const event = {
  id: 'e01jqcm5k8h0123456789',
  at: '2026-03-01T12:00:00.000Z',
  action: 'user.updated',
  target: 'u0123456789abcdefghjk',
  actor: { kind: 'person', id: 'u0123456789abcdefghjk' },
  outcome: 'done' as const,
  requestId: 'r-1',
};

describe('a line', () => {
  it('is the canonical form of its fields, without those that are absent', () => {
    expect(eventLine(sealingForm, tenant, 7, event)).toBe(
      '{"action":"user.updated","actor":{"id":"u0123456789abcdefghjk","kind":"person"},' +
        '"at":"2026-03-01T12:00:00.000Z","id":"e01jqcm5k8h0123456789","outcome":"done","requestId":"r-1","sequence":7,' +
        '"target":"u0123456789abcdefghjk","tenant":"t0123456789ab","v":1}',
    );
  });

  it('says when a counted event happened last and first, and that one is late', () => {
    const last = '2026-03-01T12:00:59.000Z';
    const line = eventLine(1, tenant, 7, { ...event, last, count: 9, late: true });
    expect(sealedEvent(line)).toMatchObject({ at: last, firstAt: event.at, count: 9, late: true });
  });

  it('has the fields of its form and no others, so that a line of an old segment is written as it was', () => {
    const stored = { ...event, parts: 3, attempt: 1, later: 'a field of a later form' };
    expect(eventLine(1, tenant, 7, stored)).toBe(eventLine(1, tenant, 7, event));
    expect(() => eventLine(2, tenant, 7, event)).toThrow('lines of form 2 were sealed by a later release');
  });

  it('can be written of whatever the table holds, because one that cannot would stop the sealing', () => {
    const after = {
      half: 'a\ud800',
      '\udfff': [undefined, 2 ** 60, -0, Number.POSITIVE_INFINITY, null, 1e30],
      gone: undefined,
    };
    const line = eventLine(1, tenant, 7, { ...event, difference: { after } });
    expect(sealedEvent(line).difference?.after).toEqual({
      half: 'a\ufffd',
      '\ufffd': [null, '1152921504606847000', 0, null, null, 1e30],
    });
  });

  it('is read back, and what is none is refused', () => {
    for (const none of ['', '{', 'null', '[]', '{"v":2}', '{"v":1,"tenant":"t"}'])
      expect(() => sealedEvent(none), none).toThrow(/JSON|no sealed event/);
  });
});

describe('the published schema', () => {
  it('names every field of the form', () => {
    const fields = Object.keys(schema.properties);
    const all = Object.fromEntries(fields.map((field) => [field, 'x']));
    const written = JSON.parse(eventLine(1, tenant, 7, { ...all, last: 'y' } as never));
    expect(Object.keys(written).sort()).toEqual([...fields].sort());
  });

  it('describes the lines of real events', async () => {
    const { engine, harness } = await boot();
    const tenant = await harness.tenant();
    const user = await tenant.user('Before', 'plain');
    await tenant.ok('updateUser', { params: { userId: user }, body: { name: 'After', mail: 'after@example.org' } });
    const role = await tenant.role('Role', [{ permission: 'manageAccessRights' }], [user]);
    await tenant.call('getRole', { params: { roleId: role }, as: person(tenant.id, 'stranger') });
    await tenant.ok('deleteUser', { params: { userId: user }, headers: { 'if-match': '*' } });
    const items = await harness.items(tenant.id);
    await engine.close();
    const own = items.filter(({ PK }) => /^T#[^#]+#E#\d+$/.test(String(PK)));
    const events = own.flatMap((item) => toEvent(item as never) ?? []);
    expect(events.length).toBeGreaterThan(4);
    const lines = events.map((one, i) => eventLine(sealingForm, tenant.id, i + 1, one));
    for (const line of lines) expect([line, published.safeParse(JSON.parse(line)).error]).toEqual([line, undefined]);
    const renamed = lines.map(sealedEvent).find(({ action }) => action === 'user.updated');
    expect(renamed).toMatchObject({ valuesOf: user, difference: { after: { name: { ref: renamed?.id } } } });
  });

  it('refuses what is no line', () => {
    const line = JSON.parse(eventLine(1, tenant, 7, event));
    expect(published.safeParse(line).success).toBe(true);
    const wrong = [
      { v: 2 },
      { sequence: 0 },
      { at: '2026-03-01' },
      { outcome: 'maybe' },
      { tenant: 'x' },
      { id: 'e1' },
    ];
    expect(wrong.filter((change) => published.safeParse({ ...line, ...change }).success)).toEqual([]);
    const { actor: _, ...rest } = line;
    expect(published.safeParse(rest).success).toBe(false);
    const difference = { after: { mail: 'ada@example.com' } };
    expect(published.safeParse({ ...line, difference }).success).toBe(false);
    expect(published.safeParse({ ...line, later: 1 }).success).toBe(true);
  });
});
