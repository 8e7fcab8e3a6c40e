// How a tenant's audit is kept and where it is exported to: the settings, and what they mean at a moment.
import * as z from 'zod';
import type { TenantId } from './base/ids.ts';
import { lazy } from './base/lazy.ts';

/** Days that every event is kept at least, whatever a tenant sets. */
export const fewestDays = 90;

/** Days; `null`: for ever. */
const retention = lazy(() => z.int().positive().nullable());

export const auditSettingsSchema = lazy(() =>
  z.object({
    rev: z.int().positive(),
    /** After how many days events may leave the table, as it was last set; `null` for never. */
    retentionDays: retention(),
    /** True while nothing leaves the table, however old. */
    legalHold: z.boolean(),
    /** The customer's own bucket, instead of the deployment's, and the role that may write there; `null` for none. */
    destination: z
      .object({ bucket: z.string(), region: z.string(), prefix: z.string().optional(), roleArn: z.string() })
      .nullable(),
    /** The retention that still counts, and until when as an ISO date, after it has been shortened. */
    notice: z.object({ until: z.string(), retentionDays: retention() }).optional(),
  }),
);
export type AuditSettings = z.infer<ReturnType<typeof auditSettingsSchema>>;
export type AuditDestination = NonNullable<AuditSettings['destination']>;

/** The settings of a tenant that has set nothing: everything is kept for ever. */
export const noAuditSettings: AuditSettings = { rev: 0, retentionDays: null, legalHold: false, destination: null };

/** The settings of a tenant are replaced, or, without `after`, have to be still those that a plan was made on. */
export interface AuditSettingsWrite {
  readonly kind: 'audit-settings';
  readonly before: AuditSettings;
  readonly after?: AuditSettings;
}

/** The notice of a shortening, until it is over. @param now milliseconds since 1970 */
export const noticeAt = ({ notice }: AuditSettings, now: number): AuditSettings['notice'] =>
  notice && Date.parse(notice.until) > now ? notice : undefined;

/** The days of retention that count now, whether or not there is a legal hold; `null` for ever. */
export const retentionAt = (settings: AuditSettings, now: number): number | null =>
  (noticeAt(settings, now) ?? settings).retentionDays;

/** After how many days an event may leave the table now; `null`: no event may. @param now milliseconds since 1970 */
export const effectiveRetention = (settings: AuditSettings, now: number): number | null =>
  settings.legalHold ? null : retentionAt(settings, now);

/**
 * The external id that a customer's role demands of us. It is the tenant's own and nobody chooses it, so that no tenant
 * has its events written, or another's read, by a role that trusts another tenant's id (the confused deputy).
 */
export const externalIdOf = (tenant: TenantId): string => `holdfast-${tenant}`;
