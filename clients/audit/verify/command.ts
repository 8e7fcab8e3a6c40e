// `audit verify`: the words, and what is told of what is found.
import { linesIfPresent } from '../../../shared/files/private.ts';
import { counted } from '../../../shared/text/counted.ts';
import { utf8 } from '../../../shared/text/text.ts';
import { misused } from '../../command/words.ts';
import { type Context, command, folderIn } from '../command.ts';
import { AuditError, exits } from '../exits.ts';
import { trailIn } from '../folder.ts';
import { pinnedKeys } from '../keys.ts';
import type { Finding, Outcome } from './findings.ts';
import { tenantsIn } from './listing.ts';
import { type KeptCheckpoint, verifyTenant } from './trail.ts';

const usage = `usage: audit verify FOLDER --key THUMBPRINT|FILE [--against FILE] 
                    [--day YYYY-MM-DD | --from YYYY-MM-DD] [--tenant ID]

Verifies exported files offline, and says what is wrong and where.

--key       a key that you trust: its thumbprint, or a file with a JWK or a JWKS; may be repeated, as keys are replaced
--against   a file with a checkpoint that you have kept, or several, one a line: the files must begin with its history
--day       verifies one day alone, by its manifest
--from      verifies from this day on, of a trail whose earlier files are gone: the manifest of the day is where it begins
--tenant    verifies the files of this tenant alone, and demands that there are some`;

const keptIn = async (file: string): Promise<KeptCheckpoint[]> => {
  const lines = await linesIfPresent(file);
  if (lines === undefined) throw new AuditError('usage', `--against: there is no file ${file}.`);
  const kept: KeptCheckpoint[] = [];
  let number = 0;
  for await (const some of lines)
    for (const line of some) {
      const jws = line.trim();
      number += 1;
      if (jws === '') continue;
      if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(jws))
        throw new AuditError('usage', `--against: line ${number} of ${file} is no checkpoint: copy the file as it is.`);
      kept.push({ file, jws });
    }
  if (kept.length === 0) throw new AuditError('usage', `--against: ${file} has no checkpoint.`);
  return kept;
};

/** The tenant that a checkpoint names, before anything is verified; undefined when it names none. */
const tenantIn = ({ jws }: KeptCheckpoint): string | undefined => {
  try {
    const { tenant } = JSON.parse(utf8(Buffer.from(jws.split('.')[1] ?? '', 'base64url')));
    return typeof tenant === 'string' ? tenant : undefined;
  } catch {
    return undefined;
  }
};

/** Tells of checkpoints of tenants that have no files: whoever removes a tenant removes all that speaks of it. */
const toldOfMissing = (
  kept: readonly KeptCheckpoint[],
  present: readonly { readonly tenant: string }[],
  tellOf: (tenant: string) => (finding: Finding) => void,
): void => {
  const there = new Set<unknown>([undefined, ...present.map(({ tenant }) => tenant)]);
  for (const one of kept) {
    const tenant = tenantIn(one);
    if (tenant !== undefined && !there.has(tenant))
      tellOf(tenant)({
        code: 'replayed',
        message: 'The checkpoint that was kept is of a tenant of which there are no files.',
        file: one.file,
        found: tenant,
      });
  }
};

const placeOf = ({ file, line, sequence }: Finding): string => {
  const at = `${file ?? ''}${line === undefined ? '' : `:${line}`}`;
  return sequence === undefined ? at : `${at} (sequence ${sequence})`;
};

const told = ({ report }: Context, tenant: string | undefined, finding: Finding): void => {
  const { code, message, file, line, sequence, expected, found } = finding;
  const lines = [
    `${placeOf(finding)}: ${message} [${code}]`,
    ...(expected === undefined ? [] : [`  expected ${expected}`]),
    ...(found === undefined ? [] : [`  found    ${found}`]),
  ];
  report.fault('finding', lines.join('\n'), { code, tenant, file, line, sequence, expected, found, message });
};

const summarized = ({ report }: Context, outcome: Outcome): void => {
  const { tenant, findings, files, events, last, covered, coveredDay, manifestDay, newest, unchecked } = outcome;
  const rows = [
    `Tenant ${tenant}: ${findings === 0 ? 'nothing is wrong.' : `${counted(findings, 'finding')}.`}`,
    `  read       ${counted(events, 'event')} in ${counted(files, 'file')}, up to sequence ${last}`,
    `  vouched    up to sequence ${covered}${coveredDay === undefined ? '' : `, of ${coveredDay}`}`,
    `  manifests  ${manifestDay === undefined ? 'none' : `up to ${manifestDay}`}`,
    `  newest     ${newest === undefined ? 'no checkpoint' : `checkpoint of ${counted(newest.size, 'event')}, signed at ${newest.at}`}`,
    ...unchecked.map((sentence) => `  unchecked  ${sentence}`),
  ];
  const say = findings === 0 ? report.say : report.fault;
  say('verified', rows.join('\n'), {
    ...{ tenant, ok: findings === 0, findings, files, events, last, covered, coveredDay, manifestDay },
    ...{ checkpoint: newest?.size, checkpointAt: newest?.at, unchecked: unchecked.join(' ') },
  });
};

export const verifyCommand = command({
  name: 'verify',
  usage,
  options: {
    key: { type: 'string', multiple: true },
    against: { type: 'string', multiple: true },
    day: { type: 'string' },
    from: { type: 'string' },
    tenant: { type: 'string' },
  },
  run: async (context, { values, positionals }) => {
    const folder = folderIn(positionals, usage);
    const { key = [], against = [], day, from, tenant: wanted } = values;
    if (key.length === 0) return misused('--key is missing: which key do you trust?', usage);
    for (const [option, value] of Object.entries({ day, from }))
      if (value !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(value))
        return misused(`--${option} takes a day: 2026-11-29.`, usage);
    if (day !== undefined && from !== undefined) return misused('--day and --from exclude each other.', usage);
    if (day !== undefined && against.length > 0) return misused('--against needs all days: leave --day out.', usage);
    const pinned = await pinnedKeys(key);
    const kept = (await Promise.all(against.map(keptIn))).flat();
    const trail = await trailIn(folder);
    let findings = 0;
    const tellOf = (tenant?: string) => (finding: Finding) => {
      findings += 1;
      told(context, tenant, finding);
    };
    const tenants = await tenantsIn(trail, folder, wanted, tellOf());
    const options = { pinned, day, from, signal: context.signal };
    // Where there are several tenants, each is compared with its own checkpoints.
    const keptOf = (tenant: string) =>
      tenants.length === 1 ? kept : kept.filter((one) => [tenant, undefined].includes(tenantIn(one)));
    if (tenants.length > 1) toldOfMissing(kept, tenants, tellOf);
    for (const files of tenants) {
      const { tenant } = files;
      const progress = (sequence: number, last: number) =>
        context.report.progress(`verifying ${tenant}`, sequence, last);
      summarized(
        context,
        await verifyTenant(trail, files, { ...options, kept: keptOf(tenant), tell: tellOf(tenant), progress }),
      );
    }
    return findings === 0 ? exits.done : exits.wrong;
  },
});
