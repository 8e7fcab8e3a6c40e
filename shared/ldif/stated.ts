// The net effect of entries that a client states (NDJSON), in the form in which LDIF's is computed: each entry is about one
// object, so there is nothing to fold.
import { statedEnabled } from './disabled.ts';
import { DirectoryError, type Dn, parseDn } from './dn.ts';
import { type Dialect, groupName, textsOf, userFacts, withNaming } from './entries.ts';
import type { GroupDelta } from './members.ts';
import type { NdjsonError, StatedGroup, StatedMember, StatedObject, StatedUser } from './ndjson.ts';
import type { FoldedEntry } from './net-effect.ts';
import type { Texts } from './parse.ts';
import { groupNumbers } from './primary.ts';

const idsIn = (members: readonly StatedMember[] = []): string[] =>
  members.flatMap((member) => ('id' in member ? [member.id] : []));
const dnsIn = (members: readonly StatedMember[] = []): string[] =>
  members.flatMap((member) => ('dn' in member ? [member.dn] : []));

const saidEnabled: readonly string[] = ['TRUE'];
const saidDisabled: readonly string[] = ['FALSE'];

const noDelta = { addMembers: [], removeMembers: [], addUids: [], removeUids: [] } satisfies GroupDelta;

const changesOf = ({ members, addMembers, removeMembers }: StatedGroup): { readonly delta?: GroupDelta } =>
  members
    ? {}
    : {
        delta: {
          ...noDelta,
          addMembers: dnsIn(addMembers),
          removeMembers: dnsIn(removeMembers),
          addIds: idsIn(addMembers),
          removeIds: idsIn(removeMembers),
        },
      };

const textsIn = ({ dn, attributes }: StatedUser | StatedGroup, dialect: Dialect): Texts => {
  const [rdn = []]: Dn = parseDn(dn);
  return textsOf(withNaming(attributes, rdn), dialect);
};

/** @throws DirectoryError for attributes that say nothing usable */
const foldedEntry = (entry: StatedObject, line: number, now: number, dialect: Dialect): FoldedEntry => {
  const { type, id, version } = entry;
  const base = {
    dn: '',
    immutableId: id,
    deletedBefore: false,
    stated: { type, ...(version !== undefined && { version }) },
  } as const;
  const records = (change: 'content' | 'delete' | 'modify') => [{ line, change }] as const;
  if (entry.what === 'deleted')
    return { ...base, records: records('delete'), kind: type, present: false, replaced: false };
  if (entry.what === 'present')
    return {
      ...base,
      ...(entry.dn !== undefined && { dn: entry.dn }),
      records: records('modify'),
      kind: 'unknown',
      present: undefined,
      replaced: false,
      changes: [],
      delta: noDelta,
    };
  const texts = textsIn(entry, dialect);
  const whole = { ...base, dn: entry.dn, records: records('content'), present: true, replaced: true } as const;
  if (entry.type === 'group') {
    const { members } = entry;
    const group = { name: groupName(texts), members: dnsIn(members), memberUids: [], memberIds: idsIn(members) };
    return { ...whole, kind: 'group', group, attributes: groupNumbers(texts), ...changesOf(entry) };
  }
  const { enabled } = entry;
  const attributes: Record<string, readonly string[]> = {};
  // Spread objects would be tables of their own, and a run holds very many entries.
  for (const [name, values] of Object.entries(texts)) if (name !== 'objectclass') attributes[name] = values;
  if (enabled !== undefined) attributes[statedEnabled] = enabled ? saidEnabled : saidDisabled;
  return { ...whole, kind: 'user', user: userFacts(attributes, now, dialect), attributes };
};

/**
 * The entries with their effect, and the lines whose attributes say nothing usable.
 * @param before lines of the batches before this one @param now milliseconds since 1970, because accounts expire
 */
export const foldStated = (
  stated: readonly StatedObject[],
  before: number,
  now: number,
  dialect: Dialect = {},
): { readonly entries: FoldedEntry[]; readonly errors: NdjsonError[] } => {
  const entries: FoldedEntry[] = [];
  const errors: NdjsonError[] = [];
  for (const entry of stated)
    try {
      entries.push(foldedEntry(entry, before + entry.line, now, dialect));
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      errors.push({ line: entry.line, field: '/attributes', message: error.message });
    }
  return { entries, errors };
};
