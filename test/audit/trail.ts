// A sealed trail in memory, and a service that answers its export as the API does: for tests of clients, which need
// trails that no engine would make.
import { generateKeyPairSync, sign } from 'node:crypto';
import { canonical } from '../../shared/audit/canonical.ts';
import { signedCheckpoint } from '../../shared/audit/checkpoint.ts';
import { publicJwk } from '../../shared/audit/jwk.ts';
import type { Notary } from '../../shared/audit/jws.ts';
import { consistencyPath, Frontier, leafHash } from '../../shared/audit/merkle.ts';
import { hashedSegment, linesHash, noSegment, type Segment } from '../../shared/audit/segment.ts';

/** A notary with a key of its own. */
export const newNotary = (): Notary => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string };
  const key = {
    jwk: publicJwk({ x, y }),
    sign: async (bytes: Uint8Array) => sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
  return { key: async () => key };
};

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

// biome-ignore lint/suspicious/noExplicitAny: tests falsify pages freely
export type AnyPage = Record<string, any>;

export class Trail {
  readonly tenant: string;
  readonly notary: Notary;
  readonly segments: { segment: Segment; lines: string[] }[] = [];
  readonly checkpoints = new Map<number, string>();
  readonly values: Record<string, { user: string; before?: object; after?: object }> = {};
  readonly #tree = new Frontier();
  readonly #leaves: Uint8Array[] = [];

  constructor(tenant = 't00000000000000000000', notary = newNotary()) {
    this.tenant = tenant;
    this.notary = notary;
  }

  get size(): number {
    return this.#tree.size;
  }

  /** Seals events in one segment. @param signs false to leave the checkpoint to a later one */
  async seal(count: number, { day = '2026-11-29', signs = true, mark = '' } = {}): Promise<this> {
    const first = this.size + 1;
    const lines = Array.from({ length: count }, (_, i) => this.#line(first + i, day, mark));
    for (const line of lines) {
      this.#leaves.push(leafHash(line));
      this.#tree.append(leafHash(line));
    }
    const [from, to, at] = ['T01:00:00.000Z', 'T02:00:00.000Z', 'T03:00:00.000Z'].map((time) => day + time);
    const segment = hashedSegment(this.tenant, {
      form: 1,
      first,
      last: this.size,
      day,
      from: from as string,
      to: to as string,
      at: at as string,
      previous: this.segments.at(-1)?.segment.hash ?? noSegment,
      root: hexOf(this.#tree.root),
      lines: linesHash(lines),
    });
    this.segments.push({ segment, lines });
    if (signs) {
      const { last: size, root, hash } = segment;
      const jws = await signedCheckpoint(this.notary, {
        tenant: this.tenant,
        size,
        root,
        segment: hash,
        at: segment.at,
      });
      this.checkpoints.set(size, jws);
    }
    return this;
  }

  #line(sequence: number, day: string, mark: string): string {
    const id = `e${String(sequence).padStart(20, '0')}`;
    const isOfUser = sequence % 3 === 0;
    const user = `u${String(sequence).padStart(20, '0')}`;
    if (isOfUser) this.values[id] = { user, after: { name: `Name ${sequence}` } };
    return canonical({
      v: 1,
      tenant: this.tenant,
      sequence,
      id,
      at: `${day}T01:00:00.000Z`,
      action: isOfUser ? 'user.updated' : 'tenant.updated',
      target: isOfUser ? user : 'tenant',
      actor: { kind: 'person', id: 'u1' },
      outcome: 'done',
      requestId: `r${sequence}${mark}`,
      ...(isOfUser && { valuesOf: user, difference: { after: { name: { ref: id } } } }),
    });
  }

  /** The answer after a sequence. @param most lines of a page */
  async page(after: number, { values = false, most = Number.POSITIVE_INFINITY } = {}): Promise<[string[], AnyPage]> {
    const size = Math.max(0, ...this.checkpoints.keys());
    const key = (await this.notary.key()).jwk;
    const found = this.segments.find(({ segment }) => segment.last > after);
    if (after >= size || !found) {
      const checkpoint = this.checkpoints.get(size);
      return [[], { next: after, size, ...(checkpoint && { checkpoint, key }) }];
    }
    const { segment } = found;
    const lines = found.lines.slice(after + 1 - segment.first).slice(0, most);
    const signed = [...this.checkpoints.keys()].find((one) => one >= segment.last) as number;
    const consistency = signed === segment.last ? [] : await this.#consistency(segment.last, signed);
    const ids = lines.map((line) => JSON.parse(line).id as string);
    const told = Object.fromEntries(ids.flatMap((id) => (this.values[id] ? [[id, this.values[id]]] : [])));
    const last = after + lines.length;
    const checkpoint = this.checkpoints.get(signed);
    const page = { first: after + 1, last, next: last, size, segment, checkpoint, key, consistency };
    return [lines, { ...page, ...(values && { values: told }) }];
  }

  async #consistency(from: number, to: number): Promise<string[]> {
    const node = async (level: number, index: number) => {
      const tree = new Frontier();
      for (const leaf of this.#leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)) tree.append(leaf);
      return tree.root;
    };
    return (await consistencyPath(node, from, to)).map(hexOf);
  }
}

/** What a service says instead of the truth. */
export type Lie = (lines: string[], page: AnyPage) => [string[], AnyPage];

interface Serving {
  readonly lie?: Lie;
  readonly most?: number;
  /** Called before each answer; an answer in its place may be returned. */
  readonly before?: (n: number) => Promise<Response | undefined>;
}

/** The export of a trail as `fetch`. */
export const serving = (trail: Trail, { lie = (...page) => page, most, before }: Serving = {}): typeof fetch => {
  let n = 0;
  return async (address) => {
    n += 1;
    const other = await before?.(n);
    if (other) return other;
    const query = new URL(String(address)).searchParams;
    const after = Number(query.get('after'));
    const size = Math.max(0, ...trail.checkpoints.keys());
    if (after > size) return refusal(400, 'invalid-request', { size, errors: [{ field: 'query.after', message: '' }] });
    const wanted = { values: query.get('values') === 'true', ...(most !== undefined && { most }) };
    const [lines, page] = lie(...structuredClone(await trail.page(after, wanted)));
    const text = `${[...lines, JSON.stringify({ page })].join('\n')}\n`;
    return new Response(text, { headers: { 'content-type': 'application/x-ndjson' } });
  };
};

export const refusal = (status: number, code: string, more: object = {}): Response =>
  Response.json({ status, code, ...more }, { status, headers: { 'content-type': 'application/problem+json' } });
