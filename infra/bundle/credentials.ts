// Replaces the SDK's chain of credential providers in bundles. A function has its credentials in its environment, or at an
// address that its environment names, so single sign-on, profiles, metadata services and their dependencies stay out of
// every bundle.

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When they end; absent when they last as long as the process. */
  readonly expiration?: Date;
}

/** Lambda names an address where a process may outlive its credentials. Then they are fetched anew before they end. */
const fetched = async (address: string, authorization = ''): Promise<Credentials> => {
  const response = await fetch(address, { headers: { authorization }, signal: AbortSignal.timeout(1_000) });
  if (!response.ok) throw new Error(`The address of the credentials answered ${response.status}.`);
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = (await response.json()) as Record<string, string>;
  if (!AccessKeyId || !SecretAccessKey || !Token || !Expiration)
    throw new Error('The address of the credentials answered without credentials.');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: Token,
    expiration: new Date(Expiration),
  };
};

export const defaultProvider = () => async (): Promise<Credentials> => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: address, AWS_CONTAINER_AUTHORIZATION_TOKEN: token } = process.env;
  if (AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY)
    return {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    };
  if (address) return fetched(address, token);
  throw new Error('The environment has no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
};

/** Milliseconds before their end when credentials are replaced, as the SDK's own chain does it. */
const ahead = 300_000;
export const credentialsWillNeedRefresh = ({ expiration }: Credentials) => expiration !== undefined;
export const credentialsTreatedAsExpired = ({ expiration }: Credentials) =>
  expiration !== undefined && expiration.getTime() - Date.now() < ahead;
