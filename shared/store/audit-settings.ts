// The settings of a tenant's audit as an item beside what is sealed.
import {
  type AuditSettings,
  type AuditSettingsWrite,
  auditSettingsSchema,
  noAuditSettings,
} from '../domain/audit-settings.ts';
import type { TenantId } from '../domain/base/ids.ts';
import * as on from './conditions.ts';
import type { Db, Item, TransactItem } from './db.ts';
import { parsed, stored } from './items.ts';
import { keys } from './keys.ts';

/** The settings of an item; the usual ones when there is none. */
export const toAuditSettings = (item: Item | undefined): AuditSettings =>
  item ? parsed(auditSettingsSchema(), item) : noAuditSettings;

/** The settings of a tenant's audit, as they are now. */
export const auditSettingsOf = async (db: Db, tenant: TenantId): Promise<AuditSettings> => {
  const [item] = await db.read([keys.auditSettings(tenant)]);
  return toAuditSettings(item);
};

export const auditSettingsWrite = (tenant: TenantId, { before, after }: AuditSettingsWrite): TransactItem => {
  const condition =
    before.rev === 0
      ? { ConditionExpression: on.absent }
      : { ConditionExpression: on.sameRev, ExpressionAttributeValues: { ':rev': before.rev } };
  const key = keys.auditSettings(tenant);
  return after
    ? { Put: { Item: stored(key, after), TableName: '', ...condition } }
    : { ConditionCheck: { Key: key, TableName: '', ...condition } };
};
