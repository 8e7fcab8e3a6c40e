// The first sign-in by a directory's claim. Before the request goes on, one transaction writes the record that binds
// the sign-in to its user. From then on the record decides, on every process alike.

import { Refusal } from '../../domain/base/refusal.ts';
import { noChange } from '../../domain/change.ts';
import { bindByClaim } from '../../domain/plan/sign-ins.ts';
import type { OperationId } from '../../routes/operations.ts';
import { toProfile } from '../../store/items.ts';
import { keys } from '../../store/keys.ts';
import { identityDigest, Unproven } from './authorise.ts';
import type { Call } from './call.ts';
import { userByClaim } from './find-user.ts';

/** Most attempts; each reads the sign-in's record again. */
const mostAttempts = 5;

/** Runs a request, and binds a caller who is known only by a claim first. @throws Refusal as `run` does; busy */
export const signedIn = async <T>(call: Call<OperationId>, run: () => Promise<T>): Promise<T> => {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Unproven)) throw error;
      await bind(call);
    }
  }
  throw new Refusal('busy');
};

/** Binds the caller's sign-in to the user of the claim; does nothing when another request was faster. */
const bind = async ({ tenant, token, requestId, traceId, runtime }: Call<OperationId>): Promise<void> => {
  const { issuer, subject } = token;
  const identity = { digest: identityDigest(issuer, subject), issuer, subject };
  try {
    await runtime.store.mutate({
      tenant,
      operation: 'signIn',
      requestId,
      traceId,
      alsoRead: [keys.alias(tenant, identity.digest)],
      authorise: async (view) => {
        const access = await userByClaim(view, token);
        const exempt = access ? { claim: access.source } : {};
        return { actor: { kind: 'person', id: access?.id }, access, keeper: false, exempt };
      },
      plan: async (view, { access }) => {
        if (access?.state !== 'active') return { change: noChange(undefined), body: undefined };
        const [profile] = await view.items([keys.profile(tenant, access.id)]);
        return { change: bindByClaim(view.world, access.id, identity, toProfile(profile)), body: undefined };
      },
    });
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'identity-taken')) throw error;
  }
};
