// Deep copies of values on their way into the model. Values that the document client or the service would refuse throw.
import { validation } from './errors.ts';
import { type ItemValue, type ModelItem, memberKey, type SetMember } from './values.ts';

export interface CopyOptions {
  removeUndefinedValues: boolean;
}

const undefinedRefused = 'Pass options.removeUndefinedValues=true to remove undefined values from map/array/set.';

const copySet = (set: Set<unknown>): Set<SetMember> => {
  if (set.size === 0) {
    throw validation('One or more parameter values were invalid: An string set  may not be empty');
  }
  const out = new Set<SetMember>();
  const seen = new Set<string | number>();
  let kind: string | undefined;
  for (const member of set) {
    const copied = copyIn(member, { removeUndefinedValues: false }, 0);
    if (typeof copied !== 'string' && typeof copied !== 'number' && !(copied instanceof Uint8Array)) {
      throw new Error('Only Number Set (NS), Binary Set (BS) or String Set (SS) are allowed.');
    }
    if (kind !== undefined && kind !== typeof copied) {
      throw validation('One or more parameter values were invalid: a set has members of more than one type');
    }
    kind = typeof copied;
    if (seen.has(memberKey(copied))) {
      throw validation('One or more parameter values were invalid: Input collection contains duplicates');
    }
    seen.add(memberKey(copied));
    out.add(copied);
  }
  return out;
};

/** A deep copy of a value. @throws Error for a value that the document client or the service would refuse */
const copyIn = (value: unknown, options: CopyOptions, depth = 0): ItemValue => {
  if (value === undefined) throw new Error(undefinedRefused);
  if (depth > 32) throw validation('Nesting Levels have exceeded supported limits');
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`Special numeric value ${value} is not allowed`);
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER)
      throw new Error(`Number ${value} is beyond Number.MAX_SAFE_INTEGER.`);
    return value === 0 ? 0 : value;
  }
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (value instanceof Set) return copySet(value);
  if (Array.isArray(value)) {
    const kept = options.removeUndefinedValues ? value.filter((element) => element !== undefined) : value;
    return kept.map((element) => copyIn(element, options, depth + 1));
  }
  if (value instanceof Map) return copyItem(Object.fromEntries(value), options, depth + 1);
  if (typeof value === 'object' && (value.constructor === Object || Object.getPrototypeOf(value) === null)) {
    return copyItem(value as Record<string, unknown>, options, depth + 1);
  }
  throw new Error(`Unsupported type passed: ${String(value)}. Pass options.convertClassInstanceToMap=true.`);
};

export const copyItem = (item: Record<string, unknown>, options: CopyOptions, depth = 0): ModelItem => {
  const out: ModelItem = {};
  for (const [name, value] of Object.entries(item)) {
    if (value === undefined && options.removeUndefinedValues) continue;
    if (typeof value === 'function') continue;
    out[name] = copyIn(value, options, depth);
  }
  return out;
};
