// The packed form of a role's grants: the policies that they name once, and for each grant which of these it names. Ten
// permissions for each of 1,000 policies take 15 KB instead of 160. Only the stored item has this form.
import * as z from 'zod';
import { idPattern, type PolicyId, shapes } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import type { BookRecord, Grant, GrantSet } from '../domain/book/records.ts';

/** Grants that name no policy are as they are. `in` is a bit for each policy in base64, or `*` for all of them. */
export const packedSchema = lazy(() =>
  z.object({
    /** Ids one after the other, ascending; all have the same length. */
    policies: z.string(),
    grants: z.array(
      z.object({
        permission: z.string(),
        in: z.string().optional(),
        actionTypes: z.array(z.string()).optional(),
        ruleTypes: z.array(z.string()).optional(),
      }),
    ),
  }),
);
type Packed = z.infer<ReturnType<typeof packedSchema>>;

const [letter, digits] = shapes.policy;
const width = letter.length + digits;
const pattern = idPattern('policy');

const isAscending = (list: readonly string[]): boolean =>
  list.every((one, i) => i === 0 || (list[i - 1] as string) < one);

/** The packed form; `undefined` when it is no smaller, or would not give back the same order. */
const packed = (grants: GrantSet): Packed | undefined => {
  const limited = grants.flatMap(({ policies }) => (policies ? [policies] : []));
  if (limited.length < 2 || !limited.every(isAscending)) return undefined;
  const ids = [...new Set(limited.flat())].sort();
  const at = new Map(ids.map((id, i) => [id, i]));
  const bitsOf = (policies: readonly PolicyId[]): string => {
    if (policies.length === ids.length) return '*';
    const bits = Buffer.alloc(Math.ceil(ids.length / 8));
    for (const id of policies) {
      const i = at.get(id) as number;
      bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7));
    }
    return bits.toString('base64');
  };
  const form: Packed = {
    policies: ids.join(''),
    grants: grants.map(({ policies, ...grant }) => ({ ...grant, ...(policies && { in: bitsOf(policies) }) })),
  };
  return JSON.stringify(form).length < JSON.stringify(grants).length ? form : undefined;
};

/** A record with its grants in the packed form, where that is smaller. */
export const withPackedGrants = (record: BookRecord): object => {
  const form = record.kind === 'role' ? packed(record.grants) : undefined;
  return form ? { ...record, grants: undefined, packed: form } : record;
};

/** The grants of a packed form. @throws Error for a form that this release does not write */
export const unpackedGrants = ({ policies: text, grants }: Packed): Grant[] => {
  const ids = Array.from({ length: text.length / width }, (_, i) => text.slice(i * width, (i + 1) * width) as PolicyId);
  if (!ids.every((id) => pattern.test(id))) throw new Error('a packed set names what is no policy');
  // Equal lists are one list in memory.
  const lists = new Map<string, PolicyId[]>([['*', ids]]);
  const listOf = (bits: string): PolicyId[] => {
    const known = lists.get(bits);
    if (known) return known;
    const bytes = Buffer.from(bits, 'base64');
    const list = ids.filter((_, i) => ((bytes[i >> 3] ?? 0) >> (i & 7)) & 1);
    lists.set(bits, list);
    return list;
  };
  return grants.map(({ permission, in: bits, ...limits }) => ({
    permission,
    ...(bits !== undefined && { policies: listOf(bits) }),
    ...limits,
  }));
};
