// A pass over a tenant: what it exports is the tenant's events, whatever dies, fails or is done twice on the way.
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Notary } from '../../shared/audit/jws.ts';
import { idsFrom, type TenantId } from '../../shared/domain/base/ids.ts';
import { ExportDiffers } from '../../shared/exports/files.ts';
import { type PassTools, passOf } from '../../shared/exports/pass.ts';
import { localNotary, newNotaryKey } from '../../shared/http/signing/notary.ts';
import type { Db } from '../../shared/store/db.ts';
import { eventItem } from '../../shared/store/events.ts';
import { everyExport } from '../../shared/store/exported.ts';
import { keys, operatorsRoom } from '../../shared/store/keys.ts';
import { sealStateOf } from '../../shared/store/seal-state.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { eventsIn } from '../support/sealed.ts';
import { nameOf, SleepingClock, spentBy, Wrapped } from '../support/wrapped.ts';
import { exportedBy } from './independent.ts';
import { MemoryExports } from './memory.ts';

vi.setConfig(longSuite);

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());

const margin = 60_000;
const hour = 3_600_000;
const day = 24 * hour;
const noon = Date.UTC(2026, 2, 1, 12);
const ids = idsFrom(randomBytes);

let clock: SleepingClock;
let wrapped: Wrapped;
let h: Harness;
let db: Db;
let t: Tenant;
let exports: MemoryExports;
let notary: Notary;
let tools: PassTools;
beforeEach(async () => {
  clock = new SleepingClock(noon);
  wrapped = new Wrapped(client);
  h = new Harness(wrapped, table, { clock });
  db = h.store.db;
  t = await h.tenant();
  exports = new MemoryExports();
  notary = localNotary(db, newNotaryKey());
  tools = { db, notary, margin, storeOf: async () => exports };
});

/** Writes events, one each millisecond from now on. */
const happen = async (count: number, tenant: TenantId = t.id, at = clock.time): Promise<void> => {
  const actor = { kind: 'person', id: 'u1' } as const;
  for (let i = 0; i < count; i += 1) {
    const id = ids.event(at + i);
    const about = { action: 'role.updated', target: 'r1', actor, requestId: 'q', told: { i } } as const;
    await db.put(eventItem({ tenant, id, now: at + i, ...about }));
  }
};
const later = (ms: number) => {
  clock.time += ms;
};
/** Passes until none is needed. */
const settle = async (tenant: TenantId = t.id, ms?: number): Promise<number> => {
  for (let passes = 1; passes < 100; passes += 1) if (!(await passOf(tools, tenant, ms)).more) return passes;
  throw new Error('a hundred passes were not enough');
};
/** The export, which must be without faults and have the events of the table. */
const whole = async (tenant: TenantId = t.id, files: ReadonlyMap<string, Uint8Array> = exports.files) => {
  const { faults, events, days } = exportedBy(files, tenant);
  expect(faults).toEqual([]);
  expect(events.map(({ id }) => id).sort()).toEqual([...(await eventsIn(db, tenant)).keys()].sort());
  return { events, days };
};
const names = () => [...exports.files.keys()].map((name) => name.replace(`tenant=${t.id}/`, '')).sort();

describe('a pass', () => {
  it('writes the events as a part, a checkpoint and its key, and the manifest once the day is over', async () => {
    await happen(3);
    later(2 * margin);
    expect(await passOf(tools, t.id)).toEqual({ sealed: 4, late: 0, exported: 4, days: 0, expired: 0, more: false });
    const { jwk } = await notary.key();
    const first = ['checkpoint-000000000004.jws', 'dt=2026-03-01/part-000000000001-000000000004.ndjson.gz'];
    expect(names()).toEqual([...first, `keys-${jwk.kid}.json`]);
    // Nothing has happened since.
    exports.calls.splice(0);
    expect(await passOf(tools, t.id)).toEqual({ sealed: 0, late: 0, exported: 0, days: 0, expired: 0, more: false });
    expect(exports.calls).toEqual([]);
    clock.time = Date.UTC(2026, 2, 2) + margin - 1;
    expect((await passOf(tools, t.id)).days).toBe(0);
    later(1);
    expect((await passOf(tools, t.id)).days).toBe(1);
    expect(names().filter((name) => name.startsWith('dt='))).toEqual([
      'dt=2026-03-01/manifest.json',
      'dt=2026-03-01/manifest.jws',
      'dt=2026-03-01/part-000000000001-000000000004.ndjson.gz',
    ]);
    expect((await whole()).days).toEqual(['2026-03-01']);
  });

  it('catches up day by day after a standstill, empty days too, in as many passes as the time allows', async () => {
    await happen(2);
    later(3 * day);
    await happen(2);
    later(2 * day);
    expect(await settle(t.id, -1)).toBeGreaterThan(4);
    const { days, events } = await whole();
    expect(days).toEqual(['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05']);
    expect(events.length).toBe(5);
  });

  it('closes no day that ends while it is under way, because its last events are not looked for yet', async () => {
    const end = Date.UTC(2026, 2, 2);
    await happen(2);
    await happen(1, t.id, end - 1);
    clock.time = end + margin - 1;
    exports.around = (_, go) => {
      later(1_000);
      return go();
    };
    expect(await passOf(tools, t.id)).toMatchObject({ sealed: 3, days: 0 });
    exports.around = (_, go) => go();
    await settle();
    const { days, events } = await whole();
    expect([days, events.length, events.filter(({ late }) => late)]).toEqual([['2026-03-01'], 4, []]);
  });

  it('exports what another pass has sealed meanwhile before it writes a manifest', async () => {
    await happen(2);
    later(day);
    exports.around = async (_, go) => {
      exports.around = (__, on) => on();
      await happen(1);
      later(2 * margin);
      await passOf({ ...tools, storeOf: async () => undefined }, t.id);
      return go();
    };
    expect(await passOf(tools, t.id)).toMatchObject({ exported: 3, days: 0, more: true });
    expect(names().some((name) => name.includes('manifest'))).toBe(false);
    await settle();
    expect((await whole()).days).toEqual(['2026-03-01']);
  });

  it('exports the room of the operators like a tenant, and asks for a pass over everybody', async () => {
    later(2 * margin);
    await happen(2, operatorsRoom);
    later(2 * margin);
    await settle(operatorsRoom);
    await whole(operatorsRoom);
    const everybody: string[] = [];
    for await (const { tenant } of everyExport(db)) everybody.push(tenant);
    expect(everybody).toContain(operatorsRoom);
    expect(everybody).toContain(t.id);
    expect(new Set(everybody).size).toBe(everybody.length);
  });

  it('seals and signs where nothing is exported, and exports all of it once somewhere is', async () => {
    const nowhere = { ...tools, storeOf: async () => undefined };
    await happen(2);
    later(2 * margin);
    expect(await passOf(nowhere, t.id)).toMatchObject({ sealed: 3, exported: 0 });
    later(day);
    await happen(2);
    later(day);
    expect(await passOf(nowhere, t.id)).toMatchObject({ sealed: 2, exported: 0, days: 0 });
    await settle();
    expect((await whole()).days.length).toBe(2);
  });

  it('does nothing for a tenant that is not there', async () => {
    expect(await passOf(tools, 't00000000000x' as TenantId)).toMatchObject({ sealed: 0, more: false });
    expect(exports.calls).toEqual([]);
  });
});

describe('a story that dies', () => {
  /** Three passes over two days and an empty one. */
  const story = [
    () => happen(2),
    () => later(2 * margin),
    () => settle(),
    () => happen(1),
    () => later(day),
    () => settle(),
    () => later(day),
    () => happen(1),
    () => later(day),
    () => settle(),
  ];
  const writes = new Set(['Put', 'Update', 'TransactWrite']);
  class Died extends Error {}

  /**
   * Tells the story; its process dies before a write, and another one goes on. To die after a write is to die before the
   * next one, because a pass makes one write at a time. Returns the number of writes.
   */
  const told = async (diesAt: number): Promise<number> => {
    let at = 0;
    let dead = false;
    const perhaps = async <T>(go: () => Promise<T>): Promise<T> => {
      if (dead) throw new Died();
      at += 1;
      if (at !== diesAt) return go();
      dead = true;
      throw new Died();
    };
    wrapped.around = (command, send) => (writes.has(nameOf(command)) ? perhaps(send) : send());
    exports.around = (call, go) => (call.kind === 'put' ? perhaps(go) : go());
    for (const step of story) {
      // Only passes die.
      const isPass = step.toString().includes('settle');
      const guarded = [wrapped.around, exports.around] as const;
      if (!isPass) {
        wrapped.heal();
        await step();
        [wrapped.around] = guarded;
        continue;
      }
      try {
        await step();
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        dead = false;
        later(7_000);
        await step();
      }
    }
    wrapped.heal();
    return at;
  };

  it('between any two writes ends with the same export', async () => {
    const all = await told(0);
    expect((await whole()).days).toEqual(['2026-03-01', '2026-03-02', '2026-03-03']);
    expect(all).toBeGreaterThan(30);
    for (let diesAt = 1; diesAt <= all; diesAt += 1) {
      clock.time = noon;
      t = await h.tenant();
      exports = new MemoryExports();
      await told(diesAt);
      const { days, events } = await whole();
      expect([diesAt, days.length, events.length]).toEqual([diesAt, 3, 5]);
    }
  });
});

describe('two passes', () => {
  it('at once, over many events and days, write one export', async () => {
    for (let i = 0; i < 5; i += 1) {
      await happen(30);
      later(day);
      const both = await Promise.all([1, 2, 3].map(() => passOf({ ...tools, storeOf: async () => exports }, t.id)));
      expect(both.some(({ sealed }) => sealed > 0)).toBe(true);
      await settle();
    }
    const { days, events } = await whole();
    expect(days.length).toBe(5);
    expect(events.length).toBe(151);
  });

  it('beside changes at full speed leave no event out, and tell none twice', async () => {
    let isOver = false;
    const change = async (who: string) => {
      for (let i = 0; i < 12; i += 1) {
        await t.ok('createRole', { body: { name: `${who} ${i}` } });
        later(1_000);
      }
    };
    const pass = async () => {
      let sealed = 0;
      while (!isOver) sealed += (await passOf({ ...tools, margin: 4_000 }, t.id)).sealed;
      return sealed;
    };
    const changing = Promise.all(['a', 'b', 'c'].map(change)).finally(() => {
      isOver = true;
    });
    const [one, other] = await Promise.all([pass(), pass(), changing]);
    expect(one + other).toBeGreaterThan(10);
    later(day);
    await settle();
    const { events } = await whole();
    expect(events.filter(({ action }) => action === 'role.created').length).toBe(36);
  });
});

describe('a store', () => {
  it('that fails keeps nothing from being sealed and signed, and has everything once it is mended', async () => {
    await happen(2);
    later(2 * margin);
    exports.around = () => Promise.reject(new Error('the bucket is away'));
    await expect(passOf(tools, t.id)).rejects.toThrow('the bucket is away');
    expect(await sealStateOf(db, t.id)).toMatchObject({ size: 3, exported: 0 });
    later(day);
    await happen(2);
    later(2 * margin);
    await expect(passOf(tools, t.id)).rejects.toThrow('the bucket is away');
    expect(await sealStateOf(db, t.id)).toMatchObject({ size: 5, exported: 0 });
    exports.around = (_, go) => go();
    await settle();
    await whole();
  });

  it('that is slow is given what fits the time, and every pass gets on', async () => {
    for (let i = 0; i < 5; i += 1) {
      await happen(1);
      later(2 * margin);
      await passOf({ ...tools, storeOf: async () => undefined }, t.id);
    }
    exports.around = (_, go) => {
      later(15_000);
      return go();
    };
    const watermarks: (number | undefined)[] = [];
    for (let more = true; more; ) {
      ({ more } = await passOf(tools, t.id));
      watermarks.push((await sealStateOf(db, t.id))?.exported);
    }
    expect(watermarks).toEqual([3, 5, 6]);
    exports.around = (_, go) => go();
    await whole();
  });

  it('that has a part with the same lines, packed otherwise, has it: the manifest tells what stands there', async () => {
    await happen(3);
    later(2 * margin);
    const elsewhere = new MemoryExports();
    await passOf({ ...tools, storeOf: async () => elsewhere }, t.id);
    const [part] = [...elsewhere.files.keys()].filter((name) => name.includes('/part-')) as [string];
    // Another tenant's pass, or an earlier one of another release, has written it with other bytes.
    await h.store.db.transact(
      [
        {
          Update: {
            Key: { PK: `T#${t.id}#SEAL`, SK: 'STATE' },
            TableName: '',
            UpdateExpression: 'SET exported = :none',
            ExpressionAttributeValues: { ':none': 0 },
          },
        },
      ],
      'again',
    );
    const { gunzipSync } = await import('node:zlib');
    const bytes = gzipSync(gunzipSync(elsewhere.files.get(part) as Uint8Array), { level: 0 });
    exports.files.set(part, bytes);
    later(day);
    await settle();
    await whole();
    expect(exports.files.get(part)).toBe(bytes);
  });

  it.each([
    ['part-', 'part'],
    ['checkpoint-', 'checkpoint'],
    ['manifest.json', 'manifest'],
    ['manifest.jws', 'signature'],
  ])('that has another file where %s belongs stops the export and nothing else', async (what) => {
    await happen(2);
    later(2 * margin);
    exports.around = async (call, go) => {
      if (call.kind === 'put' && call.name.includes(what) && !exports.files.has(call.name))
        exports.files.set(call.name, what === 'part-' ? gzipSync('{}\n') : Buffer.from('something else'));
      return go();
    };
    const pass = async () => passOf(tools, t.id);
    const days = what.startsWith('manifest');
    if (days) {
      await pass();
      later(day);
    }
    await expect(pass()).rejects.toThrow(ExportDiffers);
    const before = await sealStateOf(db, t.id);
    expect(before).toMatchObject({ exported: days ? 3 : 0, size: 3 });
    expect(before?.manifest).toBeUndefined();
    // Again the same, however often; new events are sealed meanwhile.
    await happen(1);
    later(2 * margin);
    await expect(pass()).rejects.toThrow(ExportDiffers);
    expect(await sealStateOf(db, t.id)).toMatchObject({ size: 4, exported: days ? 4 : 0 });
  });

  it('that has parts of a day which the table never made, as after a restoration, stops its manifest', async () => {
    await happen(2);
    later(2 * margin);
    await settle();
    exports.files.set(`tenant=${t.id}/dt=2026-03-01/part-000000000004-000000000009.ndjson.gz`, gzipSync('{}\n'));
    later(day);
    await expect(passOf(tools, t.id)).rejects.toThrow(
      /part-000000000004-000000000009.ndjson.gz is a part of no segment/,
    );
    expect([...exports.files.keys()].some((name) => name.includes('manifest'))).toBe(false);
  });
});

describe('a destination', () => {
  it('that is changed during a day has the whole of that day, and the chain goes on', async () => {
    await happen(2);
    later(day);
    await happen(2);
    later(2 * margin);
    await settle();
    const old = exports;
    exports = new MemoryExports();
    await happen(2);
    later(day);
    await settle();
    const both = new Map([...old.files, ...exports.files]);
    expect((await whole(t.id, both)).days).toEqual(['2026-03-01', '2026-03-02']);
    const days = (files: ReadonlyMap<string, unknown>, of: string) =>
      [...files.keys()].filter((name) => name.includes(`dt=${of}`)).length;
    // Two parts of the second day were written to the old store, and stand in the new one as well.
    expect([days(old.files, '2026-03-02'), days(exports.files, '2026-03-02')]).toEqual([1, 4]);
    expect([days(old.files, '2026-03-01'), days(exports.files, '2026-03-01')]).toEqual([3, 0]);
  });
});

describe('retention', () => {
  const retained = (fields: object) =>
    db.put({ ...keys.auditSettings(t.id), rev: 1, retentionDays: 90, legalHold: false, destination: null, ...fields });

  it('removes what is exported, told by a manifest and old enough, and nothing else; a legal hold keeps all', async () => {
    await happen(2);
    later(day);
    await happen(2);
    later(2 * margin);
    await settle();
    await retained({ legalHold: true });
    later(100 * day);
    await settle();
    expect((await eventsIn(db, t.id)).size).toBe(5);
    await retained({});
    // Nothing is exported of what follows, so none of it goes.
    await happen(1);
    clock.time += 100 * day;
    exports.around = () => Promise.reject(new Error('the bucket is away'));
    await expect(passOf(tools, t.id)).rejects.toThrow('the bucket is away');
    expect((await eventsIn(db, t.id)).size).toBe(6);
    exports.around = (_, go) => go();
    await settle();
    expect((await eventsIn(db, t.id)).size).toBe(0);
    expect(exportedBy(exports.files, t.id)).toMatchObject({ faults: [], events: { length: 6 } });
  });

  it('ends in the middle of a pass with a legal hold that begins then', async () => {
    for (let n = 0; n < 3; n += 1) {
      await happen(2);
      later(2 * margin);
      await settle();
    }
    later(day);
    await settle();
    await retained({});
    clock.time += 100 * day;
    const before = (await eventsIn(db, t.id)).size;
    // The bucket answers while the pass is under way: from then on the tenant is held.
    await happen(1);
    clock.time += 2 * margin;
    exports.around = async (_, go) => {
      await retained({ legalHold: true });
      return go();
    };
    await settle();
    expect((await eventsIn(db, t.id)).size).toBe(before + 1);
    exports.around = (_, go) => go();
    await retained({});
    await settle();
    expect((await eventsIn(db, t.id)).size).toBeLessThan(before);
  });
});

describe('keys', () => {
  it('that are replaced stand beside the files that they have signed, and a manifest signed by an earlier one stays', async () => {
    await happen(2);
    later(2 * margin);
    await settle();
    const [first] = [(await notary.key()).jwk.kid];
    tools = { ...tools, notary: localNotary(db, newNotaryKey()) };
    await happen(1);
    later(day);
    await settle();
    await whole();
    expect(names().filter((name) => name.startsWith('keys-')).length).toBe(2);
    expect(names()).toContain(`keys-${first}.json`);
  });
});

it('an idle tenant costs a pass as many reads as are written here', async () => {
  later(2 * margin);
  await settle();
  later(day);
  await settle();
  exports.calls.splice(0);
  later(2 * margin);
  const { commands, readUnits, writeUnits } = await spentBy(wrapped, () => passOf(tools, t.id));
  expect({ commands, readUnits, writeUnits, files: exports.calls.length }).toMatchInlineSnapshot(`
    {
      "commands": [
        "BatchGet",
        "Get",
        "Query",
        "Query",
        "Query",
        "Query",
        "Get",
      ],
      "files": 0,
      "readUnits": 8,
      "writeUnits": 0,
    }
  `);
});
