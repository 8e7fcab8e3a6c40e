// Signing in by authorisation code with PKCE (RFC 7636). Tokens live in memory only, so a reload signs in again, without
// a question where the provider still knows the person. Only what must survive the redirect stands in session storage,
// and is gone afterwards.
import { InMemoryWebStorage, type OidcMetadata, type User, UserManager, WebStorageStateStore } from 'oidc-client-ts';

/** What `/console/config.json` says. */
interface Settings {
  readonly authority: string;
  readonly clientId: string;
  readonly scope: string;
  /** Scope by which operators sign in; absent where they do not use the console. */
  readonly operatorScope?: string;
  /** The provider's endpoints, where `authority` is only a name. */
  readonly metadata?: Partial<OidcMetadata>;
  /** Where one signs out, with a provider whose way out is none of OpenID Connect. */
  readonly signOutUrl?: string;
  /** Release of this console. */
  readonly version?: string;
}

export interface SignedIn {
  /** Whose token it is: one that administers a tenant, or an operator's. */
  readonly kind: 'person' | 'operator';
  /** The name by the provider. */
  readonly name: string | undefined;
  readonly settings: Settings;
}

const base = '/console/';
const callback = `${base}signed-in`;

let manager: UserManager;
let settings: Settings;

const readSettings = async (): Promise<Settings> => {
  const answer = await fetch(`${base}config.json`);
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return (await answer.json()) as Settings;
};

const signedIn = (user: User): SignedIn => ({
  kind: user.scopes.some((scope) => scope.endsWith('/operator')) ? 'operator' : 'person',
  name: user.profile.name,
  settings,
});

/** A path of this console, and nothing else: what came back from elsewhere must not lead away. */
const ownPath = (path: unknown): string =>
  typeof path === 'string' && path.startsWith(base) && !path.startsWith(callback) ? path : base;

/** Sends the browser to the provider, to come back to where it is. */
export const signIn = async (as: 'person' | 'operator' = 'person', asked = false): Promise<void> => {
  const { pathname, search } = location;
  await manager.signinRedirect({
    state: ownPath(pathname + search),
    ...(as === 'operator' && settings.operatorScope !== undefined && { scope: settings.operatorScope }),
    ...(asked && { prompt: 'login' }),
  });
};

/** Ends the session with the provider, too. */
export const signOut = async (): Promise<void> => {
  const { signOutUrl } = settings;
  if (signOutUrl === undefined) return manager.signoutRedirect();
  await manager.removeUser();
  location.assign(signOutUrl);
};

/** Says who is signed in; undefined while the browser is on its way to the provider. */
export const start = async (): Promise<SignedIn | undefined> => {
  settings = await readSettings();
  manager = new UserManager({
    authority: settings.authority,
    ...(settings.metadata && { metadata: settings.metadata }),
    client_id: settings.clientId,
    scope: settings.scope,
    response_type: 'code',
    redirect_uri: location.origin + callback,
    post_logout_redirect_uri: location.origin + base,
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    // Without a refresh token the library would use a frame, which no page of ours allows.
    automaticSilentRenew: false,
    monitorSession: false,
    loadUserInfo: false,
  });
  manager.events.addAccessTokenExpiring(() => void renew());
  if (location.pathname !== callback) {
    await manager.clearStaleState();
    await signIn();
    return undefined;
  }
  try {
    const user = await manager.signinCallback();
    if (!user) throw new Error('nobody');
    history.replaceState(null, '', ownPath(user.state));
    return signedIn(user);
  } catch {
    // An address of the past: a reload, the back button, a link that somebody kept.
    history.replaceState(null, '', base);
    await signIn();
    return undefined;
  }
};

const renew = async (): Promise<void> => {
  const user = await manager.getUser();
  // When this fails, the next request is answered 401, and the person is asked to sign in again.
  if (user?.refresh_token) await manager.signinSilent().catch(() => undefined);
};

/** The access token for the next request; empty when it has ended. */
export const accessToken = async (): Promise<string> => (await manager.getUser())?.access_token ?? '';
