// The conditions of all writes, each a named constant; the values are bound where a condition is used.

/** Items are created, never blindly put. */
export const absent = 'attribute_not_exists(PK)';

/** An item is still there. */
export const present = 'attribute_exists(PK)';

/** The book has the version that was planned on, so that its changes have one order. */
export const sameVersion = 'version = :version';

/** The witness is the one that was planned on. */
export const sameGuard = 'guard = :guard';

/** An item is the one that was read. */
export const sameRev = 'rev = :rev';

/** No pin rests on this user. */
export const notPinned = 'attribute_not_exists(pinned)';

/** No pin rests on what is being destroyed: `list` names the entries. */
export const notPinnedBy = (list: string): string => `(attribute_not_exists(pinned) OR NOT pinned IN (${list}))`;

/** The user is pinned by the entry that the head names. */
export const pinnedBy = 'pinned = :pin';

/** A pin is set on a holder only: an active person, */
export const isActivePerson = '#state = :active AND kind = :person';

/** in the incarnation that was found, */
export const sameLife = 'life = :life';

/** who has proven a sign-in, */
export const hasIdentity = 'attribute_exists(#identity)';

/** and whose entry is true: own grants as read; a group of the user's own. What the book knows, the version proves. */
export const samePersonal = 'personal = :personal';
export const inGroup = 'contains(#groups, :group)';

/** An alias belongs to the user that gives it up. */
export const ownAlias = '#user = :user';

/** A finished run stays as it is. */
export const unfinished = '(#state IN (:queued, :running) OR #stage IN (:queued, :running))';

/** An open run has taken in as many batches as it had. */
export const sameBatches = '#stage = :stage AND batches = :batches';

/** An open run is as silent as it was, */
export const stillSilent = '#stage = :stage AND touched = :touched';

/** and it is the one that its source waits for. */
export const activeIs = '#run = :run';

/** A run has the state that was read, which is in `stage` where earlier releases are not to see it. */
export const sameState = '#state = :state AND attribute_not_exists(#stage)';
export const sameStage = '#stage = :state';

/** The names of a run's file are resolved once. */
export const unplanned = 'planParts = :none';

/** Nobody else has gone on with the planning of a run. */
export const samePlanStep = '(attribute_not_exists(planStep) OR planStep = :step)';

/** A turn that somebody has asked for ends before this one. */
export const earlierTurn = '(attribute_not_exists(#until) OR #until < :until)';

/** A rate is used beyond the present, or it is not. */
export const usedBeyond = '#used >= :now';
export const unused = '(attribute_not_exists(#used) OR #used < :now)';

export const all = (...conditions: readonly string[]): string => conditions.filter((one) => one !== '').join(' AND ');

/** A refusal is counted until it is sealed. */
export const unsealed = 'attribute_not_exists(sealedCount)';

/** Nobody else has sealed meanwhile. */
export const sealedAs = 'rev = :was';

/** Nobody else has removed events meanwhile. */
export const expiredAs = 'expired = :was';

/** What has been written of a tenant's export is as far as it was. */
export const sameExport = 'exported = :from';

/** The day is the one that is being closed. */
export const sameClosing = 'closing.#day = :day';

/** The tenant is there, and nobody has begun to remove it. */
export const notPurging = 'attribute_exists(PK) AND (attribute_not_exists(lifecycle) OR lifecycle.#state <> :purging)';

/** The image that the head names is older than the one that takes its place. */
export const olderImage = '(attribute_not_exists(image) OR image.version < :image)';

/** Nobody has begun to remove the image. */
export const imageIsKept = 'attribute_exists(PK) AND attribute_not_exists(going)';
