// POST /v1/users/{userId}/erasure
import { eraseUser, namesErased } from '../../shared/domain/plan/erasure.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { auditSettingsIn, auditSettingsKeys } from '../../shared/http/operations/audit-settings.ts';
import { objectOf, pointersOf, userKeys } from '../../shared/http/operations/users.ts';
import { keys } from '../../shared/store/keys.ts';

const definition = define('eraseUser', {
  alsoRead: (call) => [
    ...userKeys(call),
    keys.deleted(call.tenant, call.input.params.userId),
    ...auditSettingsKeys(call),
  ],
  plan: async ({ view, world, input, by, tools }) => {
    const id = input.params.userId;
    const [kept] = await view.items([keys.deleted(view.tenant, id)]);
    const settings = await auditSettingsIn(view);
    const access = world.users.get(id);
    const object = access && (await objectOf(view, access));
    const pointers = await pointersOf(view, access, namesErased(object));
    const erasing = { id, by: by.access?.id, settings, kept: kept !== undefined, object, pointers };
    return eraseUser(world, erasing, tools);
  },
  answer: ({ id, at, warnings }) => ({
    body: { id, erasedAt: new Date(at).toISOString(), ...(warnings.length > 0 && { warnings }) },
  }),
});

export const handler = mutation(definition);
