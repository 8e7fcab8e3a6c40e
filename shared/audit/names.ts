// The names of exported files: what is written into a bucket or a folder, and what an auditor finds there. Sequences
// have 12 digits, so that names sort as they were written.

/** A file of an export. Days are YYYY-MM-DD in UTC. */
export type ExportedFile = { readonly tenant: string } & (
  | { readonly kind: 'part'; readonly day: string; readonly first: number; readonly last: number }
  | { readonly kind: 'manifest' | 'signature'; readonly day: string }
  | { readonly kind: 'checkpoint'; readonly size: number }
  | { readonly kind: 'key'; readonly kid: string }
);

const digits = 12;
const padded = (n: number): string => String(n).padStart(digits, '0');

/** The prefix of everything of a tenant. */
const tenantPrefix = (tenant: string): string => `tenant=${tenant}/`;
/** The prefix of a tenant's day. */
export const dayPrefix = (tenant: string, day: string): string => `${tenantPrefix(tenant)}dt=${day}/`;

export const partName = (tenant: string, day: string, first: number, last: number): string =>
  `${dayPrefix(tenant, day)}part-${padded(first)}-${padded(last)}.ndjson.gz`;
export const manifestName = (tenant: string, day: string): string => `${dayPrefix(tenant, day)}manifest.json`;
/** The detached signature of a day's manifest. */
export const signatureName = (tenant: string, day: string): string => `${dayPrefix(tenant, day)}manifest.jws`;
export const checkpointName = (tenant: string, size: number): string =>
  `${tenantPrefix(tenant)}checkpoint-${padded(size)}.jws`;
/** A public key. Trust comes from a thumbprint that the auditor has from elsewhere, never from this file. */
export const keyName = (tenant: string, kid: string): string => `${tenantPrefix(tenant)}keys-${kid}.json`;

const shape =
  /^tenant=(?<tenant>[a-z0-9]{1,64})\/(?:dt=(?<day>\d{4}-\d{2}-\d{2})\/(?:part-(?<first>\d{12})-(?<last>\d{12})\.ndjson\.gz|manifest\.(?<what>json|jws))|checkpoint-(?<size>\d{12})\.jws|keys-(?<kid>[\w-]{43})\.json)$/;

/** What a name names; undefined for a name that no export has. */
export const exportedFile = (name: string): ExportedFile | undefined => {
  const { tenant, day, first, last, what, size, kid } = shape.exec(name)?.groups ?? {};
  if (tenant === undefined) return undefined;
  if (kid !== undefined) return { tenant, kind: 'key', kid };
  if (size !== undefined) return { tenant, kind: 'checkpoint', size: Number(size) };
  if (day === undefined || !isDay(day)) return undefined;
  if (what !== undefined) return { tenant, kind: what === 'json' ? 'manifest' : 'signature', day };
  return { tenant, kind: 'part', day, first: Number(first), last: Number(last) };
};

const dayMs = 86_400_000;

/** The UTC day of a time. @param ms milliseconds since 1970 */
export const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
/** When a day begins, in milliseconds since 1970. */
export const dayStart = (day: string): number => Date.parse(`${day}T00:00:00.000Z`);
/** The day after. */
export const nextDay = (day: string): string => utcDay(dayStart(day) + dayMs);

const isDay = (text: string): boolean => !Number.isNaN(dayStart(text)) && utcDay(dayStart(text)) === text;
