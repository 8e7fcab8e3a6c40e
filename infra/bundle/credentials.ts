// Stands in for the SDK's chain of credential providers in bundles. A function finds its credentials in its environment
// and nowhere else, so single sign-on, profiles, metadata services and what they load stay out of every bundle.
export const defaultProvider = () => async () => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) throw new Error('There are no credentials in the environment.');
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
};

/** Those of the environment last as long as the process does. */
export const credentialsTreatedAsExpired = () => false;
export const credentialsWillNeedRefresh = () => false;
