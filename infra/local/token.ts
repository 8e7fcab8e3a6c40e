// `npm run token`: prints a token of the local issuer, for the instance that `npm start` runs.
import { isId } from '../../shared/domain/base/ids.ts';
import { argumentsOf, CommandError, run } from './command.ts';
import { scopes } from './instance.ts';
import { createIssuer } from './issuer.ts';
import { type LocalState, readState, stateFolder } from './state.ts';

const usage = `usage: npm run -s token -- --tenant ID --user SUBJECT   an access token of a person
       ... --tenant ID --user SUBJECT --scope directory   of a machine client (scopes: admin, directory, audit, export)
       ... --tenant ID --service                          of a product service, which may ask for checks
       ... --operator [--user SUBJECT]                    of an operator (scopes: operator, recovery)
--tenant takes a tenant's id, or the catalogue of a demo tenant. --data FOLDER: as given to npm start.
--claim NAME=VALUE adds a claim; --expires SECONDS sets how long the token is good for.`;

const tenantId = (state: LocalState, text: string | undefined): string => {
  if (!text) throw new CommandError(`--tenant is missing.\n${usage}`);
  const demo = state.tenants.find((tenant) => tenant.catalogue === text || tenant.name === text);
  if (demo) return demo.id;
  if (isId('tenant', text)) return text;
  const known = state.tenants.map((tenant) => tenant.catalogue).join(', ');
  throw new CommandError(`There is no tenant "${text}": name a tenant's id, or one of the demo tenants (${known}).`);
};

const scopesFor = {
  user: ['admin', 'directory', 'audit', 'export'],
  service: ['check'],
  operator: ['operator', 'recovery'],
} as const;

/** The scopes that were named, in full. A misspelt one is refused, because its token would be refused by everything. */
const scopesIn = (text: string | undefined, kind: keyof typeof scopesFor): string[] | undefined => {
  const named = text?.split(/[ ,]+/);
  const wrong = named?.find((one) => !scopesFor[kind].some((known) => known === one));
  if (wrong !== undefined)
    throw new CommandError(
      `--scope: there is no scope "${wrong}" with --${kind}; known: ${scopesFor[kind].join(', ')}.`,
    );
  return named?.map((one) => `holdfast/${one}`);
};

const secondsIn = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new CommandError(`--expires takes whole seconds, such as 3600, not "${text}".`);
  return Number(text);
};

const claimIn = (text: string): [string, string] => {
  const [, claim, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (claim === undefined || value === undefined)
    throw new CommandError(`--claim takes NAME=VALUE, such as employee_id=4711, not "${text}".`);
  return [claim, value];
};

await run(async () => {
  const options = argumentsOf(
    {
      tenant: { type: 'string' },
      user: { type: 'string' },
      scope: { type: 'string' },
      service: { type: 'boolean' },
      operator: { type: 'boolean' },
      claim: { type: 'string', multiple: true },
      expires: { type: 'string' },
      data: { type: 'string' },
    },
    usage,
  );
  const state = await readState(stateFolder(options.data ?? process.env.HOLDFAST_DATA));
  if (!state)
    throw new CommandError('No local instance is known: run npm start first, and give --data as npm start has it.');
  const issuer = await createIssuer({ statePath: state.issuerKey });
  const extra = Object.fromEntries((options.claim ?? []).map(claimIn));
  const kind = options.operator ? 'operator' : options.service ? 'service' : 'user';
  const given = scopesIn(options.scope, kind);
  const request = options.operator
    ? { subject: options.user ?? 'local-operator', scope: given ?? scopes.operator }
    : options.service
      ? { subject: 'local-product', scope: scopes.service, tenant: tenantId(state, options.tenant) }
      : { subject: options.user ?? '', scope: given ?? scopes.person, tenant: tenantId(state, options.tenant) };
  if (request.subject === '') throw new CommandError(`--user is missing.\n${usage}`);
  const expires = options.expires === undefined ? {} : { expiresIn: secondsIn(options.expires) };
  process.stdout.write(`${await issuer.token({ ...request, ...expires, extra })}\n`);
});
