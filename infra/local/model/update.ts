// Update expressions: an item before becomes an item after. The item before is never changed. Containers on a changed
// path are copied and everything else is shared, so updating one attribute of a large item is cheap.
import { validation } from './errors.ts';
import { type Bindings, type DocumentPath, getAt } from './expression.ts';
import type { SetValue, UpdateAction } from './parse.ts';
import { hasMember, type ItemValue, isMap, type ModelItem, memberKey, type SetMember, typeOf } from './values.ts';

const badPath = () => validation('The document path provided in the update expression is invalid for update');
const badOperand = () => validation('An operand in the update expression has an incorrect data type');

/** The service adds in decimal. Doubles agree with it to fifteen digits. */
const sum = (a: number, b: number): number => {
  const exact = a + b;
  return Number.isInteger(exact) ? exact : Number(exact.toPrecision(15));
};

const resolve = (node: SetValue, item: ModelItem, env: Bindings): ItemValue => {
  switch (node.kind) {
    case 'value':
      return env.value(node.ref);
    case 'path': {
      const value = getAt(item, env.path(node));
      if (value !== undefined) return value;
      throw validation('The provided expression refers to an attribute that does not exist in the item');
    }
    case 'if_not_exists': {
      const value = getAt(item, env.path(node.path));
      // A stored null exists.
      return value === undefined ? resolve(node.otherwise, item, env) : value;
    }
    case 'list_append': {
      const left = resolve(node.left, item, env);
      const right = resolve(node.right, item, env);
      if (!Array.isArray(left) || !Array.isArray(right)) throw badOperand();
      return [...left, ...right];
    }
    case 'plus':
    case 'minus': {
      const left = resolve(node.left, item, env);
      const right = resolve(node.right, item, env);
      if (typeof left !== 'number' || typeof right !== 'number') throw badOperand();
      return sum(left, node.kind === 'plus' ? right : -right);
    }
  }
};

const added = (current: ItemValue | undefined, value: ItemValue): ItemValue => {
  if (current === undefined) return value;
  if (typeOf(current) !== typeOf(value)) throw badOperand();
  if (typeof current === 'number') return sum(current, value as number);
  const out = new Set(current as Set<SetMember>);
  for (const member of value as Set<SetMember>) if (!hasMember(out, member)) out.add(member);
  return out;
};

/** Undefined if nothing is left, because the service stores no empty set and removes the attribute. */
const deleted = (current: ItemValue | undefined, value: ItemValue): ItemValue | undefined => {
  if (current === undefined) return undefined;
  if (!(current instanceof Set) || typeOf(current) !== typeOf(value)) throw badOperand();
  const gone = new Set([...(value as Set<SetMember>)].map(memberKey));
  const left = [...current].filter((member) => !gone.has(memberKey(member)));
  return left.length === 0 ? undefined : new Set(left);
};

/** Writes (or removes) the value at a path of a shallow copy, copying the containers on the way. */
const writeAt = (
  next: ModelItem,
  path: DocumentPath,
  value: ItemValue | undefined,
  lists: Map<string, DocumentPath>,
): void => {
  let container: ItemValue = next;
  for (let i = 0; i < path.length; i += 1) {
    const part = path[i] as string | number;
    if (typeof part === 'number' ? !Array.isArray(container) : !isMap(container)) throw badPath();
    const fields = container as Record<string | number, ItemValue>;
    if (i === path.length - 1) {
      if (typeof part === 'number') {
        // Indexes name positions of the list before the update, so holes are closed after all actions.
        if (value === undefined && part >= (container as ItemValue[]).length) return;
        lists.set(JSON.stringify(path.slice(0, -1)), path.slice(0, -1));
        (container as (ItemValue | undefined)[])[part] = value;
      } else if (value === undefined) delete fields[part];
      else fields[part] = value;
      return;
    }
    const inner: ItemValue | undefined =
      typeof part === 'number' || Object.hasOwn(fields, part) ? fields[part] : undefined;
    if (inner === undefined) throw badPath();
    const copy: ItemValue = Array.isArray(inner) ? inner.slice() : isMap(inner) ? { ...inner } : inner;
    fields[part] = copy;
    container = copy;
  }
};

export const applyUpdate = (actions: UpdateAction[], before: ModelItem, env: Bindings): ModelItem => {
  const next: ModelItem = { ...before };
  const lists = new Map<string, DocumentPath>();
  for (const action of actions) {
    const path = env.path(action.path);
    let value: ItemValue | undefined;
    if (action.kind === 'SET') value = resolve(action.value, before, env);
    else if (action.kind === 'ADD') value = added(getAt(before, path), env.value(action.value.ref));
    else if (action.kind === 'DELETE') value = deleted(getAt(before, path), env.value(action.value.ref));
    writeAt(next, path, value, lists);
  }
  for (const path of lists.values()) {
    const list = getAt(next, path) as ItemValue[];
    list.splice(0, list.length, ...list.filter((element) => element !== undefined));
  }
  return next;
};
