// `npm run bench -- decide`: a decision in this process, beside CASL and Cedar on the same questions. Warm is what a
// process does that has asked about the user before, cold is its first question about a user.
import { parseArgs } from 'node:util';
import type { TenantId } from '../shared/domain/base/ids.ts';
import type { Access } from '../shared/domain/book/records.ts';
import { decide, type Question, subjectOf } from '../shared/domain/deciding/decide.ts';
import { explain } from '../shared/domain/deciding/explain.ts';
import { beside, installBeside } from './beside.ts';
import { middle, number } from './numbers.ts';
import { measuredOn, type Section, writeSection } from './page.ts';
import { plotOf } from './plot.ts';
import { type Asked, type BenchWorld, plainly, worldOf } from './world.ts';

/** One way to decide: the answer to the question with this number. */
interface Contender {
  readonly name: string;
  readonly answer: (n: number) => boolean;
}

interface Casl {
  defineAbility(define: (can: (action: string, subject: string, conditions?: object) => void) => void): {
    can(action: string, subject: unknown): boolean;
  };
  subject(type: string, thing: object): unknown;
}

const byCasl = (casl: Casl, world: BenchWorld): Contender[] => {
  const { roles, rolesOfUser, owners } = plainly(world);
  const { asked } = world;
  const abilityOf = (user: number) =>
    casl.defineAbility((can) => {
      can('view', 'Rule');
      for (const id of rolesOfUser[user] ?? []) {
        const role = roles.find((one) => one.id === id);
        if (role?.all) {
          can('billing', 'Account');
          can('viewQuarantine', 'Policy');
        } else {
          can('billing', 'Account');
          can('viewQuarantine', 'Policy', { id: role?.policy });
        }
        can('edit', 'Rule', { owner: id });
      }
    });
  const thingOf = (one: Asked): [string, unknown] => {
    if (one.about === 'account') return ['billing', 'Account'];
    if (one.about === 'policy') return ['viewQuarantine', casl.subject('Policy', { id: one.policy })];
    return ['edit', casl.subject('Rule', { id: one.rule, owner: owners.get(one.rule) })];
  };
  const abilities = world.users.map((_, user) => abilityOf(user));
  const of = (n: number) => asked[n] as Asked;
  return [
    { name: 'CASL, warm', answer: (n) => (abilities[of(n).user] as (typeof abilities)[0]).can(...thingOf(of(n))) },
    { name: 'CASL, cold', answer: (n) => abilityOf(of(n).user).can(...thingOf(of(n))) },
  ];
};

interface Cedar {
  preparsePolicySet(id: string, policies: object): { type: string };
  statefulIsAuthorized(call: object): { type: string; response: { decision: string } };
  isAuthorized(call: object): { type: string; response: { decision: string } };
}

const byCedar = (cedar: Cedar, world: BenchWorld): Contender[] => {
  const { roles, rolesOfUser, owners } = plainly(world);
  const policies = roles
    .flatMap(({ id, all, policy }) => {
      const who = `principal in Role::"${id}"`;
      const where = all ? 'resource' : `resource == Policy::"${policy}"`;
      return [
        `permit(${who}, action == Action::"billing", resource);`,
        `permit(${who}, action == Action::"viewQuarantine", ${where});`,
        `permit(${who}, action == Action::"edit", resource is Rule) when { resource.owner == Role::"${id}" };`,
      ];
    })
    .join('\n');
  const text = { staticPolicies: policies };
  cedar.preparsePolicySet('bench', text);
  const callOf = (n: number) => {
    const one = world.asked[n] as Asked;
    const principal = { type: 'User', id: String(one.user) };
    const mine = (rolesOfUser[one.user] ?? []).map((id) => ({ type: 'Role', id }));
    const action = { account: 'billing', policy: 'viewQuarantine', rule: 'edit' }[one.about];
    const resource =
      one.about === 'account'
        ? { type: 'Account', id: 'it' }
        : one.about === 'policy'
          ? { type: 'Policy', id: one.policy }
          : { type: 'Rule', id: one.rule };
    const attrs =
      one.about === 'rule' ? { owner: { __entity: { type: 'Role', id: String(owners.get(one.rule)) } } } : {};
    return {
      principal,
      action: { type: 'Action', id: action },
      resource,
      context: {},
      entities: [
        { uid: principal, attrs: {}, parents: mine },
        { uid: resource, attrs, parents: [] },
      ],
    };
  };
  const allowed = ({ response }: { response: { decision: string } }) => response.decision === 'allow';
  return [
    {
      name: 'Cedar, warm',
      answer: (n) => allowed(cedar.statefulIsAuthorized({ ...callOf(n), preparsedPolicySetId: 'bench' })),
    },
    { name: 'Cedar, cold', answer: (n) => allowed(cedar.isAuthorized({ ...callOf(n), policies: text })) },
  ];
};

const byHoldfast = (world: BenchWorld): Contender[] => {
  const { book, users, asked, questions } = world;
  const user = (n: number) => users[(asked[n] as Asked).user] as Access;
  const question = (n: number) => questions[n] as Question;
  const subjects = users.map((one) => subjectOf(book, one));
  const subject = (n: number) => subjects[(asked[n] as Asked).user] as (typeof subjects)[0];
  return [
    { name: 'Holdfast, warm', answer: (n) => subject(n).decide(question(n)).allowed },
    { name: 'Holdfast, cold', answer: (n) => decide(book, { ...user(n) }, question(n)).allowed },
    { name: 'Holdfast, with its ways', answer: (n) => explain(book, user(n), question(n)).allowed },
  ];
};

/** Decisions a second, the middle of some rounds in turns. */
export const benchDecide = async (rounds: number, ms: number): Promise<ReadonlyMap<string, number>> => {
  const world = worldOf('tbench0000000' as TenantId);
  const casl = await beside<Casl>('@casl/ability');
  const cedar = await beside<Cedar>('@cedar-policy/cedar-wasm/nodejs');
  const contenders = [
    ...byHoldfast(world),
    ...(casl ? byCasl(casl, world) : []),
    ...(cedar ? byCedar(cedar, world) : []),
  ];
  const { length } = world.asked;
  for (const { name, answer } of contenders)
    for (let n = 0; n < length; n += 1)
      if (answer(n) !== world.answers[n])
        throw new Error(`${name} answers question ${n} in another way: ${JSON.stringify(world.asked[n])}`);
  const rates = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  // The first round compiles what all others run.
  for (let round = 0; round <= rounds; round += 1)
    for (const { name, answer } of contenders) {
      const began = performance.now();
      let [done, spent] = [0, 0];
      do {
        for (let n = 0; n < length; n += 1) answer(n);
        done += length;
        spent = performance.now() - began;
      } while (spent < ms);
      if (round > 0) rates.get(name)?.push((1_000 * done) / spent);
    }
  return new Map([...rates].map(([name, all]) => [name, middle(all)]));
};

const sectionOf = (rates: ReadonlyMap<string, number>, rounds: number): Section => {
  const own = rates.get('Holdfast, warm') ?? 1;
  const rows = [...rates].map(
    ([name, rate]) => `| ${name} | ${number(rate)} | ${number(1e6 / rate, 2)} | ${number((100 * rate) / own, 1)} % |`,
  );
  return {
    heading: 'A decision',
    text: `How fast a decision is made in a process that has everything in memory, beside [CASL](https://casl.js.org) and [Cedar](https://www.cedarpolicy.com) (its WebAssembly) on the same 600 questions about a tenant of 5 roles, 10 groups and 1,000 rules; all of them answer each question alike. \`npm run bench -- decide --write\` measures it and writes this section.

${measuredOn()} Rates are the middle ones of ${rounds} rounds in turns: compare them with each other, and not with your own machine.

| what | decisions a second | microseconds each | of Holdfast, warm |
|---|--:|--:|--:|
${rows.join('\n')}

- **Warm**: the process has answered for the user before. For CASL, the user's ability is built; for Cedar, the policies are parsed, and the two entities of the question are given with it. **Cold**: the first question about a user, so that roles are gathered, the ability is built, or the policies are parsed.
- **With its ways**: the decision with the groups and roles by which the right comes, as a check answers it.`,
    plots: [
      [
        'decide',
        plotOf(
          'A decision',
          'a second',
          [...rates].map(([name, value]) => ({ name, value })),
        ),
      ],
    ],
  };
};

const main = async (): Promise<void> => {
  const { rounds, ms, write } = parseArgs({
    options: {
      rounds: { type: 'string', default: '9' },
      ms: { type: 'string', default: '300' },
      write: { type: 'boolean', default: false },
    },
  }).values;
  installBeside();
  const section = sectionOf(await benchDecide(Number(rounds), Number(ms)), Number(rounds));
  console.log(section.text);
  if (write) await writeSection(section);
};

if (process.argv[1] === import.meta.filename) await main();
