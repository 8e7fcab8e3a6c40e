// Makes handlers for operations that read and those outside of any tenant, and pages of lists. Those that change something
// are made in mutation.ts, so that a function that reads loads no planner.
import type { TenantId } from '../domain/base/ids.ts';
import { sortForm } from '../domain/base/names.ts';
import { Refusal } from '../domain/base/refusal.ts';
import type { OperationId } from '../routes/operations.ts';
import type { Key } from '../store/keys.ts';
import type { List } from '../store/lists.ts';
import { respond } from './gateway/answer.ts';
import type { Answer, Call, Handler, OperationContext } from './gateway/call.ts';
import { authorised, callerKeys, noTenant } from './gateway/caller.ts';
import { chain } from './gateway/chain.ts';
import { cursorFor, positionIn } from './gateway/etag.ts';
import { type Named, nameFilter, pageOf, type Showing, sorted } from './operations/pages.ts';

export type { Call, Handler, OperationContext } from './gateway/call.ts';
export { idempotencyOf } from './gateway/caller.ts';

/** Makes the handler of an operation that reads. `tenant` overrides the token's tenant, for operators. */
export const query = <Id extends OperationId>(
  id: Id,
  own: {
    readonly alsoRead?: (call: Call<Id>) => readonly Key[];
    readonly tenant?: (call: Call<Id>) => TenantId;
    /** True when the answer may be made from a state that is a few seconds old. */
    readonly bounded?: (call: Call<Id>) => boolean;
    readonly run: (context: OperationContext<Id>) => Promise<Answer> | Answer;
  },
): Handler =>
  chain(id, async (untyped, internal) => {
    const call = untyped as unknown as Call<Id>;
    const tenant = own.tenant?.(call) ?? call.tenant;
    const alsoRead = [...callerKeys(untyped), ...(own.alsoRead?.(call) ?? [])];
    const { store } = call.runtime;
    const none = () => (own.tenant ? new Refusal('not-found', 'There is no such tenant.') : noTenant());
    return store.untorn(
      async (wanted, attempt) => {
        const old = attempt === 0 && own.bounded?.(call) === true;
        const view = await (old ? store.boundedView(tenant, alsoRead, wanted) : store.view(tenant, alsoRead, wanted));
        if (!view) throw none();
        return view;
      },
      async (view) => {
        const by = await authorised(view, untyped, internal);
        const { world, book, tools } = view;
        const answer = await own.run({ ...call, view, world, book, by, tools });
        return respond(call.operation.status, answer);
      },
    );
  });

/** Makes the handler of an operation outside of any tenant. */
export const outside = <Id extends OperationId>(id: Id, run: (call: Call<Id>) => Promise<Answer>): Handler =>
  chain(id, async (call) => respond(call.dryRun ? 200 : call.operation.status, await run(call as unknown as Call<Id>)));

/** The page of a list that a request asks for. */
interface Asked {
  readonly limit: number;
  /** The position after which the page starts. */
  readonly after: string | undefined;
  /** The parameters to which the cursor is bound, besides tenant and operation. */
  readonly filter: object;
}

/** The answer with one page, and a cursor that only this list accepts. */
export const pageAnswer = async <T>(
  list: { readonly tenant: TenantId; readonly id: string },
  asked: Asked,
  entries: List<T>,
  showing: Showing<T> = {},
) => {
  const { items, next } = await pageOf(entries, asked.limit, showing);
  return { body: { items, ...(next !== undefined && { cursor: cursorOf(list, asked, next) }) } };
};

/** A cursor that only this list accepts. */
export const cursorOf = (
  { tenant, id }: { readonly tenant: TenantId; readonly id: string },
  { filter }: Pick<Asked, 'filter'>,
  position: string,
): string => cursorFor([tenant, id, filter], position);

/** The page that the input asks for. @throws Refusal invalid-request for a cursor of another list */
export const pageInput = <F extends object>(
  { tenant, id }: { readonly tenant: TenantId; readonly id: string },
  input: F & { readonly limit: number; readonly cursor?: string | undefined },
): Asked => {
  const { limit, cursor, ...filter } = input;
  return { limit, filter, after: positionIn([tenant, id, filter], cursor) };
};

/** The list of named things that a request asks for. */
interface NamedInput {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly search?: string | undefined;
}

/**
 * The answer with one page of things that are in memory, in the order of their names, and the number of all that have what
 * is searched in their names.
 */
export const namedAnswer = async <T>(
  list: { readonly tenant: TenantId; readonly id: string },
  input: NamedInput,
  things: Iterable<T>,
  { named, show }: { readonly named: (thing: T) => Named; readonly show: (thing: T) => unknown },
) => {
  const asked = pageInput(list, input);
  const matches = nameFilter(input.search);
  const all = [...things].filter((thing) => matches(named(thing)));
  const key = (thing: T) => `${sortForm(named(thing).name)} ${named(thing).id}`;
  const { body } = await pageAnswer(list, asked, sorted(all, key, asked.after), { show });
  return { body: { ...body, total: all.length } };
};
