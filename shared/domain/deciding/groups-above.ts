// The groups of one user and all groups above them: the part of a tenant's groups that explanations walk. A tenant may have
// 50,000 groups below a role, of which a user is in a few.
import type { GroupRef } from '../base/ids.ts';
import type { Book, Role } from '../book/book.ts';

export class GroupsAbove {
  /** The live parents of each group; each group has an entry. */
  readonly #parents = new Map<GroupRef, readonly GroupRef[]>();
  /** The same pairs the other way round. */
  readonly #children = new Map<GroupRef, GroupRef[]>();

  /** @param own the groups of which the user is a direct member */
  constructor(book: Book, own: Iterable<GroupRef>) {
    const seen = new Set<GroupRef>();
    for (const ref of own) if (book.isLive(ref)) seen.add(ref);
    for (const ref of seen) {
      const parents = book.parents(ref);
      this.#parents.set(ref, parents);
      for (const parent of parents) {
        seen.add(parent);
        const children = this.#children.get(parent);
        if (children) children.push(ref);
        else this.#children.set(parent, [ref]);
      }
    }
  }

  get size(): number {
    return this.#parents.size;
  }

  parents(ref: GroupRef): readonly GroupRef[] {
    return this.#parents.get(ref) ?? [];
  }

  /**
   * The distance in steps from each group up to a member group of these roles; groups that do not lead there are left out.
   */
  stepsTo(roles: readonly Role[]): ReadonlyMap<GroupRef, number> {
    const steps = new Map<GroupRef, number>();
    for (const ref of this.#parents.keys()) if (roles.some(({ record }) => record.groups.has(ref))) steps.set(ref, 0);
    for (const [ref, far] of steps)
      for (const child of this.#children.get(ref) ?? []) if (!steps.has(child)) steps.set(child, far + 1);
    return steps;
  }
}
