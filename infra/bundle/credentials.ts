// Replaces the SDK's chain of credential providers in bundles. A function has its credentials in its environment, so
// single sign-on, profiles, metadata services and their dependencies stay out of every bundle.
export const defaultProvider = () => async () => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw new Error('The environment has no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
};

/** Credentials of the environment last as long as the process. */
export const credentialsTreatedAsExpired = () => false;
export const credentialsWillNeedRefresh = () => false;
