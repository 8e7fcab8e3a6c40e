// The arrows between the rooms (docs/architecture.md), read from the imports themselves, types included.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alone } from './support/alone.ts';
import { circles, sourceFiles } from './support/imports.ts';

const files = sourceFiles();
const imports = [...files.values()].flatMap((file) => file.imports);
const isIn = (path: string, ...rooms: readonly string[]): boolean =>
  rooms.some((room) => path === room || path.startsWith(`${room}/`));

/** What each room may import besides itself: the first room that a path is in counts. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  'shared/text': [],
  'shared/files': ['shared/text'],
  'shared/ldif': ['shared/text'],
  'shared/catalogues': [],
  'shared/domain/base': [],
  // The book holds its index of rules; the rules' records are the book's.
  'shared/domain/book': ['shared/catalogues', 'shared/domain/base', 'shared/domain/rules'],
  'shared/domain/rules': ['shared/catalogues', 'shared/domain/base', 'shared/domain/book'],
  'shared/domain/deciding': ['shared/catalogues', 'shared/domain'],
  'shared/domain/keeper': ['shared/domain'],
  'shared/domain/previews': ['shared/domain'],
  'shared/domain/plan': ['shared/domain', 'shared/catalogues', 'shared/ldif'],
  'shared/domain': [],
  'shared/audit': ['shared/text'],
  'shared/store': ['shared/domain', 'shared/audit', 'shared/text'],
  'shared/exports': ['shared/store', 'shared/audit', 'shared/domain', 'shared/files', 'shared/text'],
  'shared/routes': ['shared/store', 'shared/domain', 'shared/catalogues'],
  'shared/runs': ['shared/store', 'shared/domain', 'shared/ldif'],
  'shared/http': ['shared'],
  functions: ['shared'],
  'clients/command': ['shared/files', 'shared/text', 'clients/typescript'],
  'clients/directory-sync': ['shared/files', 'shared/ldif', 'shared/text', 'clients/command', 'clients/typescript'],
  // Only the report of who had access computes with the domain.
  'clients/audit/report': [
    'shared/audit',
    'shared/catalogues',
    'shared/domain',
    'shared/files',
    'shared/text',
    'clients',
  ],
  'clients/audit': [
    'shared/audit',
    'shared/exports/folder.ts',
    'shared/exports/port.ts',
    'shared/files',
    'shared/text',
    'clients/command',
    'clients/typescript',
  ],
  clients: ['shared/domain/deciding', 'shared/routes'],
  console: ['clients/typescript', 'shared/domain/base/actions.ts', 'shared/text/csv.ts'],
  infra: ['shared', 'functions', 'clients'],
  bench: ['shared', 'functions', 'clients', 'infra'],
  test: ['shared', 'functions', 'clients', 'console', 'infra', 'bench'],
};
/** Within the domain: a later one may import earlier ones, and the records that lie beside them. */
const floors = ['base', 'book', 'rules', 'deciding', 'keeper', 'previews', 'plan'].map(
  (room) => `shared/domain/${room}`,
);
const upwards = (from: string, to: string): boolean => {
  const [at, above] = [from, to].map((path) => floors.findIndex((floor) => isIn(path, floor)));
  return at! >= 0 && above! > at! && !(isIn(from, 'shared/domain/book') && isIn(to, 'shared/domain/rules'));
};
const roomOf = (path: string): string | undefined => Object.keys(arrows).find((room) => isIn(path, room));

/** Arrows that are wrong, or only look so, each with its reason. */
const excused = {
  // What is released is built from a commit by the build, and run by the test of two releases: it says where that lies.
  'infra/keep-release.ts -> test/releases/kept.ts': true,
} as Readonly<Record<string, true>>;

const ours = imports.filter(({ to }) => files.has(to));
const shown = (list: readonly { from: string; to: string }[]): string[] =>
  [...new Set(list.map(({ from, to }) => `${from} -> ${to}`))].sort();

describe('the rooms', () => {
  it('are all known, and every relative import leads to a file', () => {
    expect([...files.keys()].filter((path) => roomOf(path) === undefined)).toEqual([]);
    expect(
      shown(imports.filter(({ to }) => roomOf(to) !== undefined && !files.has(to) && !to.endsWith('.css'))),
    ).toEqual([]);
  });

  it('import downwards', () => {
    const wrong = ours.filter(({ from, to }) => {
      const room = roomOf(from) as string;
      // Records that lie beside the domain's rooms are part of them.
      const isBeside = room === 'shared/domain' && isIn(to, 'shared/domain');
      return !isIn(to, room) && !isBeside && (!isIn(to, ...(arrows[room] as string[])) || upwards(from, to));
    });
    expect(shown(wrong)).toEqual(Object.keys(excused));
  });

  it('lead in no circle', () => {
    const graph = new Map(
      [...files].map(([path, file]) => [path, file.imports.map(({ to }) => to).filter((to) => files.has(to))]),
    );
    // The fire draws its steps from parts that draw from it, and only their types lead back.
    const isTheFire = (circle: readonly string[]) => circle.every((path) => isIn(path, 'test/invariant'));
    expect(circles(graph).filter((circle) => !isTheFire(circle))).toEqual([]);
  });

  it('leave what is pure pure: LDIF, text and what an auditor computes import no package', () => {
    const pure = ['shared/ldif', 'shared/text', 'shared/audit'];
    const packages = imports.filter(({ from, to }) => isIn(from, ...pure) && !files.has(to));
    expect(packages.filter(({ to }) => !to.startsWith('node:'))).toEqual([]);
  });
});

it('a feature of the console takes nothing from another one, nor from what lists the features', () => {
  const featureOf = (path: string) => /^console\/src\/features\/([^/]+)\//.exec(path)?.[1];
  const common = ['api', 'auth', 'catalogue', 'changes', 'on-rules', 'parts', 'shell', 'texts'].map(
    (room) => `console/src/${room}`,
  );
  const wrong = ours.filter(
    ({ from, to }) =>
      (featureOf(from) !== undefined &&
        featureOf(to) !== featureOf(from) &&
        !isIn(to, ...common, 'clients', 'shared')) ||
      (isIn(from, ...common) && featureOf(to) !== undefined),
  );
  expect(shown(wrong)).toEqual([]);
});

it('what verifies an export takes no package, and of the service only what is computed alike', () => {
  const reached = new Set(['clients/audit/verify/command.ts']);
  for (const path of reached) for (const { to } of files.get(path)?.imports ?? []) reached.add(to);
  const rooms = ['shared/audit', 'shared/files', 'shared/text', 'clients'];
  expect([...reached].filter((path) => !path.startsWith('node:') && !isIn(path, ...rooms))).toEqual([]);
});

it('a file of tests that replaces modules, itself or by what it imports, has a process of its own', () => {
  const replaces = [...files.keys()].filter(
    (path) => isIn(path, 'test') && /\bvi\.(?:do)?(?:[mM]ock|resetModules)\(/.test(readFileSync(path, 'utf8')),
  );
  const reached = new Set(replaces);
  for (const path of reached) for (const { from } of imports.filter(({ to }) => to === path)) reached.add(from);
  const wrong = [...reached].filter((path) => path.endsWith('.test.ts') && !alone.some((one) => one === path));
  expect(replaces.length).toBeGreaterThan(0);
  expect(wrong).toEqual([]);
  expect(alone.filter((path) => !files.has(path))).toEqual([]);
});

it('a script knows by its path that it is run: infra/node.js imports it, so import.meta.main is false there', () => {
  const scripts = [...files.keys()].filter(
    (path) => isIn(path, 'infra', 'bench', 'test') && path !== 'test/architecture.test.ts',
  );
  expect(scripts.filter((path) => readFileSync(path, 'utf8').includes('import.meta.main'))).toEqual([]);
});

describe('the service', () => {
  it('is known by its SDK to the store, to who signs, queues, exports and publishes, and to what builds and serves', () => {
    const places = [
      'shared/store',
      'shared/http/signing/kms.ts',
      'shared/http/gateway/queue.ts',
      'shared/exports/bucket.ts',
      'functions/events',
    ];
    const sdk = imports.filter(({ to }) => /^@(aws-sdk|smithy)\//.test(to));
    expect(shown(sdk.filter(({ from }) => !isIn(from, ...places, 'infra', 'bench', 'test')))).toEqual([]);
    // None of these places is there for nothing.
    for (const place of places)
      expect(
        sdk.some(({ from }) => isIn(from, place)),
        place,
      ).toBe(true);
  });

  it('has the keys of its table spelt by the store alone: others name what they want, and hand that on', () => {
    const others = [...files.keys()].filter(
      (path) => isIn(path, 'shared', 'functions', 'clients') && !isIn(path, 'shared/store'),
    );
    // The keys' attributes, and how every partition begins.
    const spelling = /\b(PK|SK|NPK|NSK|TPK|TSK)\b|['"`]T#/;
    expect(others.filter((path) => spelling.test(readFileSync(path, 'utf8')))).toEqual([]);
  });

  it('is written to by the commit path: nobody above the store takes conditions or writes', () => {
    const inner = ['conditions', 'transaction', 'write'].map((name) => `shared/store/${name}.ts`);
    const taken = ours.filter(
      ({ from, to }) => isIn(from, 'functions', 'shared/runs', 'shared/http') && isIn(to, ...inner),
    );
    expect(shown(taken)).toEqual([]);
    const db = ['db', 'books', 'table', 'client'].map((name) => `shared/store/${name}.ts`);
    const functions = ours.filter(
      ({ from, to }) => isIn(from, 'functions') && from !== 'functions/local.ts' && isIn(to, ...db),
    );
    expect(shown(functions)).toEqual([]);
  });
});

/** Names that only tests import, by the reason. */
const forTests: readonly string[] = Object.entries({
  'limits that a test goes to': {
    'shared/domain/base/weight.ts': ['weightOf'],
    'shared/domain/deciding/smallest-removal.ts': ['mostRemovals'],
    'shared/domain/plan/sign-ins.ts': ['invitationDays'],
    'shared/domain/rules/order.ts': ['longestPlace'],
    'shared/ldif/dn.ts': ['maxDnLength'],
    'shared/ldif/entries.ts': ['maxTextLength', 'maxTextsPerAttribute'],
    'shared/ldif/lines.ts': ['maxLineLength'],
    'shared/ldif/parse.ts': ['maxRecords'],
    'shared/store/bytes.ts': ['largestItem'],
    'infra/stacks/concurrency.ts': ['unreserved'],
    'infra/stacks/config.ts': ['ownClients', 'settingNames', 'stageConfig'],
  },
  'the whole of which the sources take parts: held against a reference': {
    'clients/audit/verify/findings.ts': ['findingCodes'],
    'clients/audit/verify/listing.ts': ['listed'],
    'shared/audit/ocsf.ts': ['ocsfRows'],
    'shared/domain/base/actions.ts': ['changeActions', 'readActions'],
    'shared/domain/base/names.ts': ['caseFolded'],
    'shared/domain/deciding/explain.ts': ['Effective', 'effective'],
    'shared/domain/deciding/smallest-removal.ts': ['smallestCut'],
    'shared/domain/keeper/keeper.ts': ['isHolder'],
    'shared/http/operations/sessions.ts': ['opened'],
    'shared/routes/access.ts': ['TableAction'],
    'shared/store/clients.ts': ['servesFrom'],
    'shared/store/rules.ts': ['ruleItem'],
  },
  'the disk itself, behind which a test ends the command at any write': {
    'clients/directory-sync/state.ts': ['disk'],
  },
  'a catalogue is compiled as it stands; the test run is where each is validated': {
    'shared/catalogues/check.ts': ['untranslated'],
    'shared/catalogues/validate.ts': ['CatalogueError', 'validateCatalogue'],
  },
  'what a script makes, without running it': {
    'functions/events/meter.ts': ['meter'],
    'functions/events/publish.ts': ['publisher'],
    'functions/identity/addTenant.ts': ['TokenEvent', 'tenantAdder'],
    'bench/audit.ts': ['benchAudit'],
    'bench/large.ts': ['benchLarge'],
    'bench/change.ts': ['benchChange'],
    'bench/check.ts': ['benchCheck'],
    'bench/decide.ts': ['benchDecide'],
    'bench/function.ts': ['benchFunction'],
    'bench/levers.ts': ['benchLevers'],
    'bench/page.ts': ['withSection'],
    'bench/sync.ts': ['benchSync'],
    'bench/tenants.ts': ['benchTenants'],
    'infra/client/build.ts': ['buildClient', 'buildCommand', 'clientFolder', 'commandFolder'],
    'infra/costs.ts': ['profileFrom', 'withCosts'],
    'infra/costs/bill.ts': ['alarmed', 'lineBytes', 'units'],
    'infra/local/adapter.ts': ['AdapterError', 'ServeOptions'],
    'infra/local/engine.ts': ['EngineError', 'TableDefinition'],
    'infra/local/in-process.ts': ['TablesInMemory'],
    'infra/local/issuer.ts': ['IssuerError', 'localIssuer'],
    'infra/local/state.ts': ['StateError'],
    'infra/notice.ts': ['notice'],
    'infra/openapi/examples.ts': ['examples'],
    'infra/pictures.ts': ['drawn', 'pictures'],
    'infra/stacks/holdfast.ts': ['Holdfast'],
  },
  'the type of an argument that tests pass': {
    'clients/audit/pull/puller.ts': ['PullTools'],
    'clients/directory-sync/api.ts': ['Rejected'],
    'clients/directory-sync/pass.ts': ['PassOptions', 'PassTools'],
    'clients/directory-sync/state.ts': ['Disk'],
    'console/src/features/users/columns.ts': ['Holding'],
    'shared/audit/ocsf.ts': ['OcsfSchema'],
    'shared/audit/tiles.ts': ['Tile'],
    'shared/domain/plan/rules.ts': ['Place'],
    'shared/store/store.ts': ['StoreOptions'],
    'shared/store/sealed-events.ts': ['sequenceOf'],
    'shared/store/survey.ts': ['SurveyOptions'],
  },
})
  .flatMap(([, by]) => Object.entries(by))
  .flatMap(([path, names]) => names.map((name) => `${path}: ${name}`));

describe('exports', () => {
  /** What is started or loaded from outside: by its users, by the service, by npm. */
  const entrances = [
    'clients/typescript/index.ts',
    'clients/typescript/snapshot.ts',
    // The credentials of the SDK are resolved by this in the bundle: the names are the SDK's.
    'infra/bundle/credentials.ts',
    // The model of the service: tests reach into it for more than the server that runs on it.
    'infra/local/model/index.ts',
    // Vite and the test runner read these.
    'console/vite.config.ts',
    'test/console/support/setup.ts',
  ];
  const takers = new Map<string, Set<string>>();
  for (const { from, to, name } of imports)
    takers.set(`${to} ${name}`, (takers.get(`${to} ${name}`) ?? new Set()).add(isIn(from, 'test') ? 'test' : 'source'));
  const takenBy = (path: string, name: string) =>
    new Set([...(takers.get(`${path} ${name}`) ?? []), ...(takers.get(`${path} *`) ?? [])]);
  const all = [...files].flatMap(([path, file]) => file.exports.map((name) => ({ path, name })));
  const open = all.filter(
    ({ path, name }) => !entrances.includes(path) && !(isIn(path, 'functions') && name === 'handler'),
  );
  it('are all imported', () => {
    const dead = open.filter(({ path, name }) => takenBy(path, name).size === 0);
    expect(dead.map(({ path, name }) => `${path}: ${name}`)).toEqual([]);
  });

  it('are there for the sources; those that only tests import are known by name', () => {
    const tested = open.filter(
      ({ path, name }) => !isIn(path, 'test') && takenBy(path, name).size > 0 && !takenBy(path, name).has('source'),
    );
    expect(tested.map(({ path, name }) => `${path}: ${name}`).sort()).toEqual([...forTests].sort());
  });
});
