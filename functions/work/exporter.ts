// What the worker of exports needs besides the runtime, and no other function: who signs, and where files go. It is made
// from the environment at first use; tests and the local server set their own.
import { externalIdOf } from '../../shared/domain/audit-settings.ts';
import type { PassTools } from '../../shared/exports/pass.ts';
import type { ExportStore } from '../../shared/exports/port.ts';
import { kmsNotary } from '../../shared/http/signing/notary.ts';

type Exporter = Pick<PassTools, 'notary' | 'storeOf' | 'margin'>;

/** Milliseconds after which events are sealed: longer than any function can run, and a minute for clocks that differ. */
const usualMargin = 1_000_000;
/** Buckets of tenants that a process keeps, each with its credentials. */
const mostKept = 100;

let exporter: Exporter | undefined;

export const setExporter = (given: Exporter): void => {
  exporter = given;
};

/** @param db the table, in which the keys that sign are registered */
export const theExporter = (db: PassTools['db']): Exporter => {
  const { AUDIT_KEY, EXPORT_BUCKET, EXPORT_PREFIX, EXPORT_MARGIN_MS } = process.env;
  if (exporter) return exporter;
  if (!AUDIT_KEY) throw new Error('AUDIT_KEY names no key to sign checkpoints and manifests with');
  exporter = {
    notary: kmsNotary(db, AUDIT_KEY),
    margin: Number(EXPORT_MARGIN_MS ?? usualMargin),
    storeOf: buckets(
      EXPORT_BUCKET ? { bucket: EXPORT_BUCKET, ...(EXPORT_PREFIX && { prefix: EXPORT_PREFIX }) } : undefined,
    ),
  };
  return exporter;
};

/** The bucket that a tenant names, with the role that it trusts us to take; else the deployment's, if it has one. */
const buckets = (own: { readonly bucket: string; readonly prefix?: string } | undefined): Exporter['storeOf'] => {
  const kept = new Map<string, ExportStore>();
  return async (tenant, destination) => {
    const { roleArn, ...named } = destination ?? {};
    const where = roleArn === undefined ? own : { ...named, as: { roleArn, externalId: externalIdOf(tenant) } };
    if (!where) return undefined;
    const key = JSON.stringify(where);
    const { bucketStore } = await import('../../shared/exports/bucket.ts');
    const store = kept.get(key) ?? bucketStore(where as Parameters<typeof bucketStore>[0]);
    // The one that was used last is the last to go.
    kept.delete(key);
    kept.set(key, store);
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    return store;
  };
};
