// `npm run token`: prints a token of the local issuer, for the instance that `npm start` runs.
import { isId } from '../../shared/domain/base/ids.ts';
import { argumentsOf, CommandError, run } from './command.ts';
import { scopes } from './instance.ts';
import { createIssuer } from './issuer.ts';
import { type LocalState, readState, stateFolder } from './state.ts';

const usage = `usage: npm run -s token -- --tenant ID --user SUBJECT   an access token of a person
       ... --tenant ID --user SUBJECT --scope directory   of a machine client (scopes: admin, directory, audit, export)
       ... --tenant ID --service                          of a product service, which may ask for checks
       ... --operator                                     of an operator
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
  const extra = Object.fromEntries((options.claim ?? []).map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
  const given = options.scope?.split(/[ ,]+/).map((scope) => `holdfast/${scope}`);
  const request = options.operator
    ? { subject: 'local-operator', scope: scopes.operator }
    : options.service
      ? { subject: 'local-product', scope: scopes.service, tenant: tenantId(state, options.tenant) }
      : { subject: options.user ?? '', scope: given ?? scopes.person, tenant: tenantId(state, options.tenant) };
  if (request.subject === '') throw new CommandError(`--user is missing.\n${usage}`);
  const expires = options.expires === undefined ? {} : { expiresIn: Number(options.expires) };
  process.stdout.write(`${await issuer.token({ ...request, ...expires, extra })}\n`);
});
