// Runs in batches for tests: entries as a client states them, and the steps of the protocol.
import { gzipSync } from 'node:zlib';
import { batchDigest } from '../../shared/domain/plan/run-protocol.ts';
import { type Directory, drain, groupDn, userDn, uuid } from './directory.ts';
import type { As, Reply } from './harness.ts';

type Fields = Record<string, unknown>;

/** A person by number, as a client states it. */
export const statedUser = (name: string, n: number, more: Fields = {}): Fields => ({
  type: 'user',
  id: uuid(n),
  dn: userDn(name),
  attributes: { uid: [name], cn: [`${name.slice(0, 1).toUpperCase()}${name.slice(1)}`] },
  ...more,
});
/** A group with its whole list of members, by their numbers. */
export const statedGroup = (name: string, n: number, members: readonly number[], more: Fields = {}): Fields => ({
  type: 'group',
  id: uuid(n),
  dn: groupDn(name),
  attributes: { cn: [name] },
  members: members.map((one) => ({ id: uuid(one) })),
  ...more,
});
export const statedGone = (type: 'user' | 'group', n: number): Fields => ({ type, id: uuid(n), deleted: true });
export const statedPresent = (type: 'user' | 'group', n: number, more: Fields = {}): Fields => ({
  type,
  id: uuid(n),
  present: true,
  ...more,
});
export const ndjson = (...entries: readonly Fields[]): string =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

/** The digest of a run of these batches. */
export const digestOfAll = (batches: readonly string[]): string => batchDigest(batches.map(batchDigest).join('\n'));

/** The steps of the protocol on one source. */
export class Protocol {
  readonly d: Directory;
  readonly as: As;
  /** The cursor with which the last run was committed. */
  cursor: string | null = null;
  epoch = 'e1';

  constructor(d: Directory, as: As = d.as) {
    this.d = d;
    this.as = as;
  }

  open(body: Fields = {}, as = this.as): Promise<Reply> {
    const { harness } = this.d.tenant;
    const whole = { kind: 'delta', epoch: this.epoch, baseCursor: this.cursor, ...body };
    return harness.call('openRun', { as, params: { sourceId: this.d.source }, body: whole });
  }

  put(run: string, number: number, batch: string, type = 'application/x-ndjson', as = this.as): Promise<Reply> {
    const params = { runId: run, number: String(number) };
    const headers = { 'content-type': type };
    return this.d.tenant.harness.call('putBatch', { as, params, headers, body: batch });
  }

  putPacked(run: string, number: number, batch: string): Promise<Reply> {
    const params = { runId: run, number: String(number) };
    const headers = { 'content-encoding': 'gzip' };
    return this.d.tenant.harness.call('putBatch', { as: this.as, params, headers, bytes: gzipSync(batch) });
  }

  commit(run: string, batches: readonly string[], cursor: string, more: Fields = {}, as = this.as): Promise<Reply> {
    const entries = batches.reduce((sum, batch) => sum + batch.split('\n').filter((line) => line !== '').length, 0);
    const body = { batches: batches.length, entries, digest: digestOfAll(batches), cursor, ...more };
    return this.d.tenant.harness.call('commitRun', { as, params: { runId: run }, body });
  }

  abandon(run: string, as = this.as): Promise<Reply> {
    return this.d.tenant.harness.call('abandonRun', { as, params: { runId: run } });
  }

  /** Opens, puts and commits a run, without its work. */
  async send(batches: readonly string[], body: Fields = {}, cursor = `c${Math.random()}`): Promise<string> {
    const opened = await this.open(body);
    if (opened.status !== 201) throw new Error(`not opened: ${JSON.stringify(opened.body)}`);
    const { id } = opened.body;
    for (const [i, batch] of batches.entries()) {
      const put = await this.put(id, i + 1, batch);
      if (put.status !== 200) throw new Error(`not put: ${JSON.stringify(put.body)}`);
    }
    const committed = await this.commit(id, batches, cursor);
    if (committed.status !== 202) throw new Error(`not committed: ${JSON.stringify(committed.body)}`);
    this.cursor = cursor;
    return id;
  }

  /** A whole run, to its end. */
  async take(entries: readonly Fields[], body: Fields = {}): Promise<Reply['body']> {
    const id = await this.send([ndjson(...entries)], body);
    await drain(this.d.tenant.harness);
    return this.d.run(id);
  }

  async sync(): Promise<Reply['body']> {
    const { body } = await this.d.tenant.ok('getSource', { params: { sourceId: this.d.source } });
    return body.sync;
  }
}
