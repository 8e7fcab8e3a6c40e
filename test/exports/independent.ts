// An export read as an auditor would, by code that shares nothing with the service: what is wrong with it, and its events.
import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

const sha256 = (...parts: (Buffer | string)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const hex = (...parts: (Buffer | string)[]): string => sha256(...parts).toString('hex');

/** The roots of the tree over the first lines, for each number of them that is asked for (RFC 9162, section 2.1.1). */
const rootsOf = (lines: readonly string[], sizes: ReadonlySet<number>): Map<number, string> => {
  const roots = new Map<number, string>();
  const peaks: { hash: Buffer; leaves: number }[] = [];
  for (const [i, line] of lines.entries()) {
    peaks.push({ hash: sha256(Buffer.of(0), line), leaves: 1 });
    for (let top = peaks.at(-1), below = peaks.at(-2); top && below && top.leaves === below.leaves; ) {
      peaks.splice(-2, 2, { hash: sha256(Buffer.of(1), below.hash, top.hash), leaves: 2 * top.leaves });
      [top, below] = [peaks.at(-1), peaks.at(-2)];
    }
    if (sizes.has(i + 1))
      roots.set(
        i + 1,
        peaks
          .map(({ hash }) => hash)
          .reduceRight((right, left) => sha256(Buffer.of(1), left, right))
          .toString('hex'),
      );
  }
  return roots;
};

// biome-ignore lint/suspicious/noExplicitAny: files are read freely
type Json = any;

interface Exported {
  readonly faults: string[];
  /** In the order of their sequences. */
  readonly events: readonly Json[];
  /** The days that have a manifest. */
  readonly days: readonly string[];
}

/** Reads all files of a tenant. @param files by name */
export const exportedBy = (files: ReadonlyMap<string, Uint8Array>, tenant: string): Exported => {
  const faults: string[] = [];
  const need = (holds: boolean, what: string) => {
    if (!holds) faults.push(what);
  };
  const under = `tenant=${tenant}/`;
  const names = [...files.keys()].filter((name) => name.startsWith(under)).sort();
  const bytesOf = (name: string): Buffer => Buffer.from(files.get(name) ?? []);
  const jsonOf = (name: string): Json => JSON.parse(bytesOf(name).toString());
  const keys = new Map(
    names.filter((name) => /\/keys-[\w-]+\.json$/.test(name)).map((name) => [jsonOf(name).kid, jsonOf(name)]),
  );
  const signedBy = (header: string, input: Buffer, signature: string): boolean => {
    const { kid, alg } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const key = keys.get(kid) as JsonWebKey | undefined;
    if (alg !== 'ES256' || !key) return false;
    const opened = createPublicKey({ key, format: 'jwk' });
    return verify('sha256', input, { key: opened, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  };

  const parts = names.flatMap((name) => {
    const [, day, first, last] = /\/dt=([\d-]+)\/part-(\d{12})-(\d{12})\.ndjson\.gz$/.exec(name) ?? [];
    if (day === undefined) return [];
    return [{ name, day, first: Number(first), last: Number(last), text: gunzipSync(bytesOf(name)).toString() }];
  });
  const lines: string[] = [];
  for (const part of parts) {
    need(part.text.endsWith('\n'), `${part.name} ends within a line`);
    const own = part.text.split('\n').slice(0, -1);
    need(part.first === lines.length + 1, `${part.name} does not follow on ${lines.length}`);
    lines.push(...own);
    need(part.last === lines.length, `${part.name} ends at ${lines.length}`);
  }
  const events = lines.map((line) => JSON.parse(line));
  for (const [i, event] of events.entries())
    need(event.sequence === i + 1 && event.tenant === tenant, `line ${i + 1} says ${event.sequence}`);
  need(new Set(events.map(({ id }) => id)).size === events.length, 'an event is there twice');

  const checkpoints = names.filter((name) => /\/checkpoint-\d{12}\.jws$/.test(name));
  const sizeOf = (name: string): number => Number(/(\d{12})\.jws$/.exec(name)?.[1]);
  const roots = rootsOf(lines, new Set([...checkpoints.map(sizeOf), ...parts.map(({ last }) => last)]));
  const checkCheckpoint = (jws: string, size: number, what: string) => {
    const [header = '', payload = '', signature = ''] = jws.split('.');
    need(signedBy(header, Buffer.from(`${header}.${payload}`), signature), `${what} is not signed`);
    const said = JSON.parse(Buffer.from(payload, 'base64url').toString());
    need(said.size === size && said.tenant === tenant, `${what} is of ${said.size}`);
    need(said.root === roots.get(size), `${what} has another root`);
  };
  for (const name of checkpoints) checkCheckpoint(bytesOf(name).toString(), sizeOf(name), name);

  const manifests = names.filter((name) => name.endsWith('/manifest.json'));
  const days = manifests.map((name) => /dt=([\d-]+)/.exec(name)?.[1] as string);
  let before: { day: string; sha256: string } | null = null;
  let [size, chain] = [0, '0'.repeat(64)];
  for (const [i, name] of manifests.entries()) {
    const bytes = bytesOf(name);
    const manifest = JSON.parse(bytes.toString());
    const [header = '', none, signature = ''] = bytesOf(name.replace('.json', '.jws')).toString().split('.');
    need(
      none === '' && signedBy(header, Buffer.concat([Buffer.from(`${header}.`), bytes]), signature),
      `${name} is not signed`,
    );
    need(manifest.day === days[i] && manifest.tenant === tenant, `${name} is of ${manifest.day}`);
    need(JSON.stringify(manifest.previous) === JSON.stringify(before), `${name} follows on another`);
    if (before) need(Date.parse(manifest.day) - Date.parse(before.day) === 86_400_000, `${name} leaves a day out`);
    const own = parts.filter(({ day }) => day === manifest.day);
    need(
      JSON.stringify(own.map((part) => part.name)) === JSON.stringify(manifest.parts.map((part: Json) => part.name)),
      `${name} names other parts`,
    );
    need(manifest.first === size + 1, `${name} begins at ${manifest.first}`);
    for (const [at, part] of manifest.parts.entries()) {
      const { hash, ...content } = part.segment;
      need(
        part.sha256 === hex(bytesOf(part.name)) && part.bytes === bytesOf(part.name).length,
        `${part.name} has another hash`,
      );
      need(content.lines === hex(own[at]?.text ?? ''), `${part.name} has other lines`);
      need(content.root === roots.get(content.last), `${part.name} has another root`);
      need(content.previous === chain, `${part.name} is not chained`);
      need(content.first === own[at]?.first && content.last === own[at]?.last, `${part.name} is of another segment`);
      const sorted = Object.entries({ ...content, tenant }).sort(([a], [b]) => (a < b ? -1 : 1));
      need(hash === hex(JSON.stringify(Object.fromEntries(sorted))), `${part.name} has another segment hash`);
      chain = hash;
      size = content.last;
    }
    need(manifest.last === size, `${name} ends at ${manifest.last}`);
    need(manifest.root === roots.get(size), `${name} has another root`);
    checkCheckpoint(manifest.checkpoint, size, `the checkpoint in ${name}`);
    before = { day: manifest.day, sha256: hex(bytes) };
  }
  const known = new Set([
    ...parts.map(({ name }) => name),
    ...checkpoints,
    ...manifests,
    ...manifests.map((name) => name.replace('.json', '.jws')),
  ]);
  for (const name of names) need(known.has(name) || /\/keys-/.test(name), `${name} is a stranger`);
  return { faults, events, days };
};
