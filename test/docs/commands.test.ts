// Every command of docs/deploy.md and of the runbooks, as it stands there: what deploys is synthesized with the settings
// that the page has named until then, what runs a script names flags that the script knows, and what is handed to AWS
// names operations, parameters and outputs that exist.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import { App } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';
import { readConfig } from '../../infra/stacks/config.ts';
import { example, type Synthesized, synthesizeStage } from '../infra/stacks.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** A command of a page, or the settings that a page shows. */
type Step = { readonly command: string } | { readonly settings: Record<string, unknown> };

/** The commands of a block, without comments, line by line. A line goes on after a backslash, and within quotes. */
const commandsIn = (block: string): string[] =>
  block
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, ''))
    .join('\n')
    .split(/\n(?=(?:[^']*'[^']*')*[^']*$)| && /)
    .map((command) => command.trim().replace(/^until (.*); do .*; done$/, '$1'))
    .filter(Boolean);

/** What is written between backquotes within a sentence counts when it is a command. */
const isCommand = (text: string): boolean => /^(?:npm run|npm ci|npx|git|aws|curl) /.test(text);

const stepsOf = (file: string): Step[] =>
  [...read(file).matchAll(/^( *)```(\w*)\n(.*?)^ *```$|`([^`\n]+)`/gms)].flatMap(
    ([, , kind, block, inline]): Step[] => {
      if (kind === 'json') return [{ settings: JSON.parse(block as string) as Record<string, unknown> }];
      if (inline !== undefined) return isCommand(inline) ? commandsIn(inline).map((command) => ({ command })) : [];
      const commands = commandsIn(block ?? '');
      return (kind === 'sh' ? commands : commands.filter(isCommand)).map((command) => ({ command }));
    },
  );

const pages = ['docs/deploy.md', ...readdirSync(join(root, 'docs/runbooks')).map((file) => `docs/runbooks/${file}`)];

/** Words of a command, each as the shell hands it on. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replace(/['"]/g, ''));

const verbs = ['synth', 'diff', 'deploy', 'destroy', 'bootstrap'];
const flags = ['--all', '--quiet'];

/** The arguments of CDK that a command comes to. */
const cdkOf = (command: string): string[] | undefined => {
  const [first, second, third, ...rest] = wordsOf(command);
  if (first === 'npx' && second === 'cdk') return [third as string, ...rest];
  const script = first === 'npm' && second === 'run' ? scripts[third as string] : undefined;
  const cdk = script && / cdk (.*)/.exec(script)?.[1];
  return cdk ? [...wordsOf(cdk), ...rest.filter((word) => word !== '--')] : undefined;
};

let folder: string;
const made = new Map<string, Synthesized>();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-stages-'));
});
afterAll(() => {
  for (const stage of made.values()) stage.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Synthesizes what a command of CDK would, and compares the stacks that it names. */
const synthesized = (args: readonly string[]): void => {
  const [verb, ...rest] = args;
  expect(verbs).toContain(verb);
  const context: Record<string, string> = {};
  const stacks: string[] = [];
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] as string;
    if (word === '-c') {
      at += 1;
      const [name = '', value = ''] = (rest[at] as string).split('=');
      context[name] = value;
    } else if (word.startsWith('-')) expect(flags).toContain(word);
    else stacks.push(word);
  }
  const config = readConfig(new App({ context }).node, folder);
  // What makes no template is only asked whether its settings are right.
  if (verb === 'bootstrap') return;
  const key = JSON.stringify(config);
  const stage = made.get(key) ?? synthesizeStage(config);
  made.set(key, stage);
  const { data, service, identity, console: site } = stage.app;
  const known = [data, service, identity, site].map((stack) => stack?.stackName);
  for (const stack of stacks) expect(known).toContain(stack);
};

/** What stands between a deployment and its account: an issuer that answers. */
const filledIn = { ...example, issuer: 'https://login.contoso.com/' };

const pascal = (flag: string): string => flag.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Parameters of the command line alone. */
const ofTheCommandLine = ['output', 'query'];
const models = ['models_0.d.ts', 'enums.d.ts']
  .map((file) => join(root, 'node_modules/@aws-sdk/client-dynamodb/dist-types/models', file))
  .filter(existsSync)
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

/** Holds a command for DynamoDB against the SDK, which has the same operations and parameters. */
const isKnownToDynamo = (words: readonly string[]): void => {
  const [operation = '', ...rest] = words;
  const name = operation === 'wait' ? `waitUntil${pascal(rest[0] ?? '')}` : `${pascal(operation)}Command`;
  expect(Object.keys(dynamodb), words.join(' ')).toContain(name);
  for (const word of rest)
    if (word.startsWith('--') && !ofTheCommandLine.includes(word.slice(2))) {
      const parameter = pascal(word.slice(2).replace(/^no-/, ''));
      expect([word, new RegExp(`\\b${parameter}\\??:`).test(models)]).toEqual([word, true]);
    }
};

describe.each(pages)('%s', (page) => {
  test('has commands that work as they stand there', () => {
    writeFileSync(join(folder, 'production.json'), JSON.stringify(filledIn));
    writeFileSync(join(folder, 'example.json'), JSON.stringify(example));
    let settings: Record<string, unknown> = filledIn;
    let waiting = false;
    for (const step of stepsOf(page)) {
      if ('settings' in step) {
        // The page says to leave both out.
        const { issuer: _, audience: __, ...rest } = settings;
        settings = { ...('identity' in step.settings ? rest : settings), ...step.settings };
        writeFileSync(join(folder, 'production.json'), JSON.stringify(settings));
        waiting = true;
        continue;
      }
      const words = wordsOf(step.command.replace(/^(?:[A-Z_]+=\S+ +)+/, ''));
      const [first = '', second = '', third = ''] = words;
      const cdk = cdkOf(step.command);
      if (cdk) {
        synthesized(cdk);
        waiting = false;
      } else if (first === 'npm' && second === 'run') {
        const file = / (\S+\.ts)/.exec(scripts[third] ?? '')?.[1];
        expect([step.command, file !== undefined]).toEqual([step.command, true]);
        const source = read(file as string);
        for (const word of words.slice(3))
          if (/^--\w/.test(word)) expect([step.command, source.includes(word.slice(2))]).toEqual([step.command, true]);
      } else if (first === 'npm') expect(['ci', 'test']).toContain(second);
      else if (first === 'aws' && second === 'dynamodb') isKnownToDynamo(words.slice(2));
      else if (first === 'cp') expect(existsSync(join(root, second)), step.command).toBe(true);
      else if (first === 'git') expect(['pull', 'checkout']).toContain(second);
      // The API's own requests are tried by the tour and the acceptance; the others need an account.
      else
        expect([
          'aws backup',
          'aws s3',
          'aws cloudtrail',
          'aws cloudwatch',
          'aws cloudformation',
          'aws cognito-idp',
          'aws codedeploy',
          'aws kms',
          'aws lambda',
          'aws logs',
          'aws s3api',
          'curl',
          'export',
        ]).toContain(first === 'aws' ? `aws ${second}` : first);
    }
    // Settings that no later command deploys are deployed here.
    if (waiting) synthesized(['deploy', '--all', '-c', 'stage=production']);
  });
});

test('what replaces the selectors of a trail keeps its management events, and names the one table', () => {
  const [command = ''] = stepsOf('docs/deploy.md').flatMap((step) =>
    'command' in step && step.command.includes('put-event-selectors') ? [step.command] : [],
  );
  const selectors = JSON.parse(/'(\[.*\])'/.exec(command)?.[1] ?? '[]') as {
    readonly FieldSelectors: readonly { readonly Field: string; readonly Equals: readonly string[] }[];
  }[];
  const fields = selectors.map((one) =>
    Object.fromEntries(one.FieldSelectors.map(({ Field, Equals }) => [Field, Equals[0]])),
  );
  expect(fields).toContainEqual({ eventCategory: 'Management' });
  for (const { eventCategory, ...rest } of fields)
    if (eventCategory === 'Data') expect(rest['resources.ARN']).toMatch(/:table\/<TableName>$/);
});

test('a command waits for a restored table for as long as it takes', () => {
  const waits = read('docs/deploy.md').match(/.*aws dynamodb wait .*/g) ?? [];
  expect(waits).toHaveLength(1);
  for (const wait of waits) expect(wait).toMatch(/^until .*; do /);
});

test('what stands in angle brackets with a capital is an output of a stack', () => {
  const outputs = [...made.values()].flatMap((stage) =>
    [...stage.templates.values()].flatMap((one) => Object.keys(one.toJSON().Outputs ?? {})),
  );
  expect(made.size).toBeGreaterThan(3);
  const named = pages.flatMap((page) =>
    stepsOf(page).flatMap((step) => ('command' in step ? [...step.command.matchAll(/<([A-Z]\w+)[,>]/g)] : [])),
  );
  const wanted = [...new Set(named.map(([, name]) => name as string))];
  expect(wanted).toEqual(expect.arrayContaining(['Url', 'TableName', 'ClientsTable', 'UserPool']));
  // An output in the template of a construct has the construct's id before its own.
  expect(
    wanted.filter(
      (name) =>
        !outputs.some((output) => new RegExp(`(?:^|[a-z])${name}(?:[0-9A-F]{8})?$`).test(output)) &&
        name !== 'LatestStreamArn',
    ),
  ).toEqual([]);
});
