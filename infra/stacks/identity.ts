// An identity provider for deployments that have none: a Cognito user pool with its clients, the function that puts the
// tenant into access tokens, and the table of the tenants that each client may act for. A new tenant is a user or an
// entry, never a new client, because API Gateway takes 50 audiences and a client is one.
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AccountRecovery,
  ClientAttributes,
  FeaturePlan,
  LambdaVersion,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  StringAttribute,
  UserPool,
  type UserPoolClient,
  type UserPoolClientOptions,
  UserPoolOperation,
  type UserPoolResourceServer,
} from 'aws-cdk-lib/aws-cognito';
import { BillingMode, type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { TokenScope } from '../../shared/routes/entry.ts';
import { tableDefinition } from '../../shared/store/table.ts';
import type { Config } from './config.ts';
import { keysOf } from './data.ts';
import { HoldfastFunction } from './holdfast-function.ts';

interface IdentityProps extends StackProps {
  readonly config: Config;
  readonly identity: NonNullable<Config['identity']>;
  /** Folder of the built functions, with a folder for each area. */
  readonly folder: string;
}

const scopes: Readonly<Record<TokenScope, string>> = {
  admin: 'Administer a tenant',
  check: 'Ask what users may do',
  directory: 'Deliver a directory',
  audit: 'Read the audit',
  export: 'Export the audit',
  operator: 'Create, suspend, close and purge tenants',
  recovery: 'Recover a tenant whose access rights nobody can manage',
};

export class IdentityStack extends Stack {
  readonly pool: UserPool;
  readonly trigger: HoldfastFunction;
  /** The console's client, where the stage has a console. */
  readonly console: { readonly clientId: string; readonly signIn: string } | undefined;
  /** What the gateway asks of tokens. */
  readonly tokens: Pick<Config, 'issuer' | 'audience'>;
  readonly #server: UserPoolResourceServer;
  readonly #scopes: Readonly<Record<TokenScope, OAuthScope>>;

  constructor(scope: Construct, id: string, { config, identity, folder, ...props }: IdentityProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const clients = this.#clients();
    this.trigger = new HoldfastFunction(this, 'AddTenant', {
      config,
      folder,
      table: clients as ITable,
      source: 'functions/identity/addTenant.ts',
      description: 'Puts the tenant into access tokens',
      access: { actions: ['GetItem'], indexes: [], queue: false },
      memory: 512,
      // Cognito waits for five seconds, and asks three times.
      seconds: 5,
    });
    this.pool = this.#pool();
    this.pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, this.trigger.lambda, LambdaVersion.V3_0);
    const domain = this.pool.addDomain('Domain', { cognitoDomain: { domainPrefix: identity.domain } });
    const all = Object.entries(scopes).map(
      ([scopeName, scopeDescription]) => new ResourceServerScope({ scopeName, scopeDescription }),
    );
    // The slash between a server and its scope is Cognito's.
    this.#server = this.pool.addResourceServer('Server', {
      identifier: config.scopePrefix.replace(/\/$/, ''),
      scopes: all,
    });
    this.#scopes = Object.fromEntries(
      all.map((one) => [one.scopeName, OAuthScope.resourceServer(this.#server, one)]),
    ) as Record<TokenScope, OAuthScope>;
    const { signedIn: callbackUrls, signedOut, products, machineTokenHours } = identity;
    const hours = Duration.hours(machineTokenHours);
    const portal = this.#client('Portal', {
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, this.#scopes.admin],
        callbackUrls,
        ...(signedOut.length > 0 && { logoutUrls: signedOut }),
      },
    });
    const console = config.console?.domain && this.#consoleClient(config.console.domain.name);
    this.console = console && { clientId: console.userPoolClientId, signIn: domain.baseUrl() };
    const machines = this.#client('Machines', {
      authFlows: { userPassword: true },
      disableOAuth: true,
      accessTokenValidity: hours,
      idTokenValidity: hours,
    });
    const operators = this.#secretClient('Operators', 'operator', Duration.hours(1));
    // One client for each of two persons: whoever asks for a recovery cannot approve it.
    const recoverers = ['First', 'Second'].map((one) =>
      this.#secretClient(`${one}Recoverer`, 'recovery', Duration.hours(1)),
    );
    const productClients = products.map((product) => this.#secretClient(`Product-${product}`, 'check', hours));
    this.tokens = {
      issuer: this.pool.userPoolProviderUrl,
      audience: [portal, ...(console ? [console] : []), machines, operators, ...recoverers, ...productClients].map(
        ({ userPoolClientId }) => userPoolClientId,
      ),
    };
    for (const [name, value] of Object.entries({
      Issuer: this.tokens.issuer,
      UserPool: this.pool.userPoolId,
      SignIn: domain.baseUrl(),
      ClientsTable: clients.tableName,
      PortalClient: portal.userPoolClientId,
      MachinesClient: machines.userPoolClientId,
      OperatorsClient: operators.userPoolClientId,
      RecovererClients: recoverers.map(({ userPoolClientId }) => userPoolClientId).join(' '),
      ...(products.length > 0 && {
        ProductClients: products.map((name, i) => `${name}=${productClients[i]?.userPoolClientId}`).join(' '),
      }),
    }))
      new CfnOutput(this, name, { value });
  }

  /** Which client may act for which tenant. An operator writes an entry when a tenant begins to use a product. */
  #clients(): Table {
    return new Table(this, 'Clients', {
      ...keysOf(tableDefinition.KeySchema),
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  #pool(): UserPool {
    return new UserPool(this, 'Users', {
      featurePlan: FeaturePlan.ESSENTIALS,
      // Users are invited by administrators of tenants, who say which tenant it is.
      selfSignUpEnabled: false,
      signInAliases: { username: true, email: true },
      customAttributes: {
        tenant: new StringAttribute({ maxLen: 40, mutable: true }),
        scope: new StringAttribute({ maxLen: 20, mutable: true }),
      },
      passwordPolicy: {
        minLength: 14,
        requireDigits: true,
        requireLowercase: true,
        requireSymbols: true,
        requireUppercase: true,
      },
      // Machines sign in with a password, which no second factor can follow, so it is required of nobody.
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  #client(id: string, options: UserPoolClientOptions): UserPoolClient {
    return this.pool.addClient(id, {
      preventUserExistenceErrors: true,
      accessTokenValidity: Duration.minutes(30),
      idTokenValidity: Duration.minutes(30),
      enableTokenRevocation: true,
      // A user who could write the tenant or the scope could choose them.
      writeAttributes: new ClientAttributes().withStandardAttributes({ fullname: true }),
      ...options,
    });
  }

  /** A public client: code with PKCE, and a refresh token that is good once. */
  #consoleClient(host: string): UserPoolClient {
    return this.#client('Console', {
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, this.#scopes.admin],
        callbackUrls: [`https://${host}/console/signed-in`],
        logoutUrls: [`https://${host}/console/`],
      },
      refreshTokenValidity: Duration.hours(12),
      // Two tabs may ask at the same moment.
      refreshTokenRotationGracePeriod: Duration.seconds(10),
    });
  }

  /** A client that gets tokens with its secret, for one scope. */
  #secretClient(id: string, scope: TokenScope, accessTokenValidity: Duration): UserPoolClient {
    return this.#client(id, {
      generateSecret: true,
      accessTokenValidity,
      idTokenValidity: accessTokenValidity,
      oAuth: { flows: { clientCredentials: true }, scopes: [this.#scopes[scope]] },
    });
  }
}
