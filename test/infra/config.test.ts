// The settings of a stage: what a file may say, what every command asks for, and what is refused with which words.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';
import { readConfig, settingNames, stageConfig } from '../../infra/stacks/config.ts';
import { context, example } from './stacks.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const arn = 'arn:aws:dynamodb:eu-central-1:111122223333:table/restored-1/stream/2030-01-31T12:00:00.000';
const real = { ...example, issuer: 'https://login.contoso.com/' };

const read = (given: Record<string, unknown>, file?: unknown) => {
  if (file !== undefined)
    writeFileSync(join(folder, 'production.json'), typeof file === 'string' ? file : JSON.stringify(file));
  return readConfig(new App({ context: given }).node, folder);
};

describe('a command', () => {
  test('reads the file of the stage that it names, and all of it', () => {
    const config = read({ stage: 'production' }, { ...real, snapshotRing: 2, customerManagedKey: true });
    expect(config).toMatchObject({ ...real, stage: 'production', snapshotRing: 2, customerManagedKey: true });
  });

  test('is refused without a stage, with a stage that has no file, and with a file that is no JSON', () => {
    expect(() => read({}, real)).toThrow('-c stage=production reads config/production.json. Stages here: production.');
    for (const stage of ['staging', '../production', 'Production'])
      expect(() => read({ stage }, real)).toThrow(`config/${stage}.json is missing: copy config/example.json`);
    expect(() => read({ stage: 'production' }, '{ "account": }')).toThrow('config/production.json is not JSON');
  });

  test('is refused when it gives a setting itself, because the next command would not', () => {
    for (const name of settingNames)
      expect(() => read({ stage: 'production', [name]: 'x' }, real)).toThrow(
        `Write into config/production.json, which every command reads, instead of -c: ${name}.`,
      );
  });

  test('is refused with a placeholder for the issuer, unless nothing is deployed', () => {
    for (const host of ['issuer.invalid', 'login.example.com', 'localhost', 'a.test']) {
      const file = { ...real, issuer: `https://${host}` };
      expect(() => read({ stage: 'production' }, file)).toThrow(/issuer: .* is a placeholder: name your identity/);
      expect(read({ stage: 'production', offline: 'true' }, file).issuer).toBe(`https://${host}`);
    }
  });
});

test('a roll-back passes over the settings of the newer release, and over no other fault', () => {
  const restored = { table: 'restored-1', stream: arn };
  const newer = { ...real, comes: 'later', restored: { ...restored, also: 1 } };
  expect(() => read({ stage: 'production' }, newer)).toThrow(
    /comes: is no setting[\s\S]*|restored.also: is no setting/,
  );
  expect(read({ stage: 'production', rollback: 'true' }, newer)).toEqual({
    ...stageConfig('production', { ...real, restored }),
    allAtOnce: true,
  });
  expect(() => read({ stage: 'production', rollback: 'true' }, { ...newer, region: 1 })).toThrow('region: ');
  // A way back, or a mend, waits for nothing: a red alarm would keep it out.
  const atOnce = (given: Record<string, string>) => read({ stage: 'production', ...given }, real).allAtOnce;
  expect([atOnce({}), atOnce({ rollback: 'true' }), atOnce({ allAtOnce: 'true' })]).toEqual([false, true, true]);
});

test('every setting has its line in the guide', () => {
  const rows = [...readFileSync(join(root, 'docs/deploy.md'), 'utf8').matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(
    ([, cell]) => [...(cell as string).matchAll(/`(\w+)`/g)].map(([, name]) => name as string),
  );
  expect(settingNames.filter((name) => !rows.includes(name))).toEqual([]);
});

test('no setting of a stage stands in cdk.json', () => {
  expect([...settingNames, 'stage', 'offline', 'rollback', 'allAtOnce'].filter((name) => name in context)).toEqual([]);
});

const identity = { domain: 'contoso-rights', signedIn: ['https://portal.contoso.com/signed-in'] };
/** Takes the place of an issuer of one's own. */
const pool = { issuer: undefined, audience: undefined };

const certificateIn = (region: string): string =>
  `arn:aws:acm:${region}:111122223333:certificate/1f0e2d3c-0000-4000-8000-000000000001`;
const domain = { name: 'console.example.com', certificate: certificateIn('us-east-1') };

describe('a file', () => {
  test('may leave the issuer and the audience to a user pool', () => {
    expect(read({ stage: 'production' }, { ...real, ...pool, identity })).toMatchObject({
      issuer: '',
      audience: [],
      identity: { ...identity, products: [], machineTokenHours: 12 },
    });
  });

  test('takes what a restore leaves behind', () => {
    const restored = { table: 'restored-1', stream: arn };
    expect(stageConfig('production', { ...real, restored }).restored).toEqual(restored);
  });

  test.each<[object, string]>([
    [{ account: undefined }, 'account: is missing, and is the number of the AWS account'],
    [{ account: 111122223333 }, 'account: is the number of the AWS account, in quotes'],
    [{ account: '1111' }, 'account: is not the number of an AWS account: write its twelve digits'],
    [{ region: 'Frankfurt' }, 'region: is not a region of AWS: write "eu-central-1"'],
    [{ issuer: 'http://issuer.contoso.com' }, 'issuer: is not an issuer: write the "iss" of access tokens, https://'],
    [{ audience: 'holdfast' }, 'audience: is a list: ["holdfast"]'],
    [{ audience: [] }, 'audience: is empty'],
    [{ issuer: undefined }, 'issuer: is missing, and name the issuer of access tokens, or let "identity" make'],
    [{ ...pool, identity, scopePrefix: 'holdfast.' }, 'scopePrefix: ends with "/" in a user pool'],
    [{ ...pool, identity, tokenUseClaim: 'typ' }, 'tokenUseClaim: is "token_use", with "access"'],
    [{ identity }, 'issuer: is made by "identity": take one of the two out'],
    [{ ...pool, identity: { ...identity, domain: 'my-cognito' } }, 'identity.domain: is not the start of a host'],
    [{ ...pool, identity: { ...identity, signedIn: [] } }, 'identity.signedIn: is empty: name the page'],
    [
      { ...pool, identity: { ...identity, products: Array.from({ length: 46 }, (_, i) => `p${i}`) } },
      'identity.products: has more than 45 entries',
    ],
    [{ ...pool, identity: { ...identity, products: ['a', 'a'] } }, 'identity.products: names a product twice'],
    [
      { ...pool, identity: { ...identity, machineTokenHours: 25 } },
      'identity.machineTokenHours: is a whole number from 1 to 24',
    ],
    [
      { audience: Array.from({ length: 51 }, (_, i) => `a${i}`) },
      "audience: has more than 50 entries, which is API Gateway's limit",
    ],
    [{ allowedOrigins: ['https://*.example.com'] }, 'allowedOrigins.0: is not an origin that API Gateway takes'],
    [{ allowedOrigins: ['portal'] }, 'allowedOrigins.0: is not an origin'],
    [{ allowedOrigins: ['https://portal.example.com/'] }, 'allowedOrigins.0: is not an origin'],
    [{ console: {} }, 'console.clientId: is missing, and is the client id of the console at your provider'],
    [
      {
        console: { clientId: 'a', domain: { name: 'console.example.com', certificate: certificateIn('eu-central-1') } },
      },
      'console.domain.certificate: is a certificate of another account or region: CloudFront takes those of us-east-1',
    ],
    [
      { console: { clientId: 'a', providerOrigins: ['https://login.example.com/token'] } },
      'console.providerOrigins.0: is not an origin: write https://login.example.com',
    ],
    [
      { ...pool, identity, console: {} },
      'console.domain: is missing, and the user pool must know the console’s address',
    ],
    [
      { ...pool, identity, console: { clientId: 'a', domain } },
      'console.clientId: is the client id of the console at your provider; a user pool of "identity" makes it',
    ],
    [
      {
        ...pool,
        console: { domain },
        identity: { ...identity, products: Array.from({ length: 45 }, (_, i) => `p${i}`) },
      },
      'identity.products: has more than 44 entries: the console’s client is an audience, too',
    ],
    [{ snapshotRing: 0 }, 'snapshotRing: is a whole number from 1 to 9999'],
    [{ restored: { table: 'restored-1' } }, 'restored.stream: is missing, and is the ARN'],
    [{ restored: { table: 'other', stream: arn } }, 'restored.stream: is the stream of another table'],
    [
      { region: 'eu-west-1', restored: { table: 'restored-1', stream: arn } },
      'restored.stream: is the stream of another table, account or region',
    ],
    [{ logRetentionDays: 60 }, 'logRetentionDays: is 30, 90, 180 or 365'],
    [{ alarmMail: 'oncall' }, 'alarmMail: is not a mail address'],
    [{ throttleRate: '2000' }, 'throttleRate: is a whole number from 1 to 100000, without quotes'],
    [{ reserveConcurrency: 'false' }, 'reserveConcurrency: is true or false, without quotes'],
    [
      { audiense: ['x'], alarmMial: 'y' },
      'audiense, alarmMial: is no setting; the settings are account, region, issuer',
    ],
    [{ restored: { table: 'restored-1', stream: arn, name: 'x' } }, 'restored.name: is no setting'],
  ])('with %o is refused: %s', (change, message) => {
    expect(() => stageConfig('production', { ...real, ...change })).toThrow(
      `config/production.json is not valid:\n  ${message}`,
    );
  });

  test('is told all its faults at once', () => {
    expect(() => stageConfig('production', {})).toThrow(
      /account: is missing[\s\S]*region: is missing[\s\S]*issuer: is missing/,
    );
    expect(() => stageConfig('production', [])).toThrow('the file: ');
  });

  test.each(['*', 'https://*', 'http://localhost:3000', 'https://portal.example.com:8443'])(
    'may name the origin %s',
    (origin) => {
      expect(stageConfig('production', { ...real, allowedOrigins: [origin] }).allowedOrigins).toEqual([origin]);
    },
  );
});
