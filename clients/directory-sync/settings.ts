// The settings of the command: one file in JSON, comments allowed. Every fault names its field.
import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { readIfPresent } from '../../shared/files/private.ts';
import { secretAt } from '../command/secrets.ts';
import { withoutComments } from './comments.ts';
import { SyncError } from './exits.ts';
import type { DirectoryConfig, DirectoryKind } from './ldap/types.ts';

const kinds = [
  'active-directory',
  'entra-domain-services',
  'samba',
  'openldap',
  '389',
  'freeipa',
] as const satisfies DirectoryKind[];

const text = (longest: number) => z.string().trim().min(1).max(longest);
const place = [z.strictObject({ env: text(200) }), z.strictObject({ file: text(4096) })] as const;
const inPlace = 'must be {"env": "NAME"} or {"file": "path"}: secrets do not stand in the settings';
const secret = z.union(place, { error: inPlace });
const attribute = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/, { error: 'must be the name of an attribute' });

/** Attributes by which the service knows users and groups, so that others may stand in for them. */
const known = ['cn', 'displayName', 'givenName', 'sn', 'uid', 'userPrincipalName', 'sAMAccountName', 'mail'] as const;

const scope = z.strictObject({
  bases: z.array(text(4096)).min(1).max(50),
  filter: text(4096).optional(),
});

/** http:// would show the token to everybody on the way. */
const isSafe = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
};
const address = z
  .url({ protocol: /^https?$/, error: 'must be an address, as https://access.example.com' })
  .max(500)
  .refine(isSafe, { error: 'must be https://, because the token would travel in the clear' });

const schema = z.strictObject({
  source: text(100),
  state: text(4096).default('directory-sync.state'),
  api: z.strictObject({
    url: address.transform((url) => url.replace(/\/+$/, '').replace(/\/v1$/, '')),
    token: z.union(
      [
        ...place,
        z.strictObject({
          oauth: z.strictObject({
            tokenUrl: address,
            clientId: text(500),
            clientSecret: secret,
            scope: text(500).optional(),
          }),
        }),
      ],
      { error: 'must be {"env": "NAME"}, {"file": "path"} or {"oauth": {"tokenUrl", "clientId", "clientSecret"}}' },
    ),
  }),
  directory: z.strictObject({
    kind: z.enum(kinds),
    url: text(500),
    startTls: z.boolean().optional(),
    ca: text(4096).optional(),
    serverName: text(253).optional(),
    insecure: z.boolean().optional(),
    bindDn: text(4096),
    secret,
    ignoreReferrals: z.array(text(4096)).max(50).optional(),
    timeoutSeconds: z.int().min(1).max(3600).optional(),
    pageSize: z.int().min(1).max(1000).optional(),
  }),
  users: scope,
  groups: z.strictObject({ bases: z.array(text(4096)).max(50), filter: text(4096).optional() }).default({ bases: [] }),
  attributes: z.partialRecord(z.enum(known), attribute).default({}),
});

type Parsed = z.infer<typeof schema>;

export interface Settings extends Parsed {
  /** A digest of what decides how the directory is read: with another one, everything is read anew. */
  readonly reading: string;
}

const fieldOf = (path: readonly PropertyKey[]): string => (path.length === 0 ? 'the file' : path.join('.'));

/** The faults of a value, the inner ones of a choice where one alternative is meant. */
const faultsOf = (issues: readonly z.core.$ZodIssue[], above: readonly PropertyKey[] = []): string[] =>
  issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
      return [`${fieldOf(path)}: must be given`];
    if (issue.code !== 'invalid_union') return [`${fieldOf(path)}: ${issue.message}`];
    // What has the right names is told its inner faults; other values are told the alternatives.
    const inner = issue.errors.find((some) =>
      some.every(({ code, path: at }) => code !== 'unrecognized_keys' && at.length > 1),
    );
    return inner ? faultsOf(inner, path) : [`${fieldOf(path)}: ${issue.message}`];
  });

/** @throws SyncError naming every field at fault */
const parseSettings = (content: string, file: string): Settings => {
  let value: unknown;
  try {
    value = JSON.parse(withoutComments(content));
  } catch (error) {
    throw new SyncError('usage', `${file} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new SyncError('usage', `${file} has faults:\n  ${faultsOf(parsed.error.issues).join('\n  ')}`);
  const { api, directory, users, groups, attributes } = parsed.data;
  const read = JSON.stringify([directory.kind, users, groups, attributes]);
  // Paths are meant from the folder of the settings, wherever the command is called.
  const from = (path: string): string => resolve(dirname(file), path);
  const found = <P extends object>(at: P): P => ('file' in at ? { ...at, file: from(String(at.file)) } : at);
  const { token } = api;
  return {
    ...parsed.data,
    state: from(parsed.data.state),
    api: {
      ...api,
      token:
        'oauth' in token ? { oauth: { ...token.oauth, clientSecret: found(token.oauth.clientSecret) } } : found(token),
    },
    directory: {
      ...directory,
      secret: found(directory.secret),
      ...(directory.ca !== undefined && { ca: from(directory.ca) }),
    },
    reading: createHash('sha256').update(read).digest('hex'),
  };
};

/** @throws SyncError */
export const readSettings = async (file: string): Promise<Settings> => {
  const content = await readIfPresent(file);
  if (content === undefined) throw new SyncError('usage', `There is no file ${file}: --config names the settings.`);
  return parseSettings(content, file);
};

/** What the reading of the directory needs, with the secret and the certificates. @throws SyncError */
export const directoryConfig = async (
  { directory, users, groups, attributes }: Settings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<DirectoryConfig> => {
  const { secret: at, ca, timeoutSeconds, ...rest } = directory;
  const certificates = ca === undefined ? undefined : await readIfPresent(ca);
  if (ca !== undefined && certificates === undefined)
    throw new SyncError('usage', `directory.ca: there is no file ${ca}.`);
  if (certificates !== undefined && !certificates.includes('-----BEGIN CERTIFICATE-----'))
    throw new SyncError('usage', `directory.ca: ${ca} has no certificate in PEM (-----BEGIN CERTIFICATE-----).`);
  return {
    ...rest,
    secret: await secretAt(at, 'directory.secret', env),
    users,
    groups,
    attributes: Object.values(attributes),
    ...(certificates !== undefined && { ca: certificates }),
    ...(timeoutSeconds !== undefined && { timeout: timeoutSeconds * 1000 }),
  };
};
