// Ids as the service makes them (shared/domain/base/ids.ts, which a browser cannot load). Pure.

const digits = '[0-9a-hjkmnp-tv-z]';
const named = new RegExp(`^(?:[ug]${digits}{20}|[rpslc]${digits}{12})$`);

/** True for an id of something that has a name: user, group, role, policy, directory, rule, category. */
export const hasName = (text: string): boolean => named.test(text);
