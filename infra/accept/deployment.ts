// A deployment as the acceptance suite sees it: an address, and tokens for the callers. The local issuer signs tokens
// for this machine; for any other deployment a command prints them.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Client, createClient } from '../../clients/typescript/index.ts';
import { utf8 } from '../../shared/text/text.ts';
import { CommandError } from '../local/command.ts';

/** The caller of a token: a subject, within a tenant (an operator is in none), with a scope. */
export interface TokenFor {
  readonly subject: string;
  readonly tenant?: string | undefined;
  readonly scope: 'admin' | 'check' | 'directory' | 'operator' | 'recovery';
}

export interface Deployment {
  readonly url: string;
  /** The issuer that tokens name. Identities of users are bound to it. */
  readonly issuer: string;
  readonly token: (request: TokenFor) => Promise<string>;
}

/** A client that calls with the tokens of one caller. */
export const as = ({ url, token }: Deployment, request: TokenFor): Client =>
  createClient({ url, token: () => token(request) });

const run = promisify(execFile);

/** Gets tokens from a command, which finds subject, tenant and scope in its environment and prints the token. */
export const mintedBy =
  (command: string) =>
  async ({ subject, tenant, scope }: TokenFor): Promise<string> => {
    try {
      const { stdout } = await run('sh', ['-c', command], {
        env: { ...process.env, HOLDFAST_SUBJECT: subject, HOLDFAST_TENANT: tenant ?? '', HOLDFAST_SCOPE: scope },
      });
      return stdout.trim();
    } catch (error) {
      throw new CommandError(`The command given with --mint failed: ${error instanceof Error ? error.message : error}`);
    }
  };

/** Asks for each token once and keeps it, because tokens outlast a run of the suite. */
export const kept = (mint: Deployment['token']): Deployment['token'] => {
  const known = new Map<string, Promise<string>>();
  return (request) => {
    const key = JSON.stringify([request.subject, request.tenant, request.scope]);
    const token = known.get(key) ?? mint(request);
    known.set(key, token);
    return token;
  };
};

/** The issuer that a token names. */
export const issuerOf = (token: string): string => {
  try {
    const payload = JSON.parse(utf8(Buffer.from(token.split('.')[1] ?? '', 'base64url'))) as {
      iss?: string;
    };
    if (payload.iss) return payload.iss;
  } catch {
    // The token cannot be parsed, and is refused below.
  }
  throw new CommandError('The token names no issuer: the command of --mint must print an access token (a JWT).');
};
