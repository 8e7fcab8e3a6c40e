// A bucket of S3 as a store of exported files: the contract on a stand-in, and faults that no stand-in has.
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdBucket } from '../../infra/accept/bucket.ts';
import { bucketStore, largestFile, mostPages, roleCredentials } from '../../shared/exports/bucket.ts';
import type { ExportStore } from '../../shared/exports/port.ts';
import { StandInBucket } from '../support/s3.ts';
import { holdsExportContract } from './contract.ts';

let bucket: StandInBucket;
beforeAll(async () => {
  bucket = await new StandInBucket().open();
  // Pages that end within a name.
  bucket.page = 3;
});
afterAll(() => bucket.close());

const opened = (prefix?: string): ExportStore =>
  bucketStore({ bucket: 'audit', ...(prefix !== undefined && { prefix }) }, async () => bucket.client());
const listed = async (store: ExportStore, prefix = ''): Promise<string[]> => {
  const names: string[] = [];
  for await (const name of store.list(prefix)) names.push(name);
  return names;
};
const bytes = (text: string) => Buffer.from(text);
const headersOf = (key: string) => bucket.versions.get(key)?.[0]?.headers;

holdsExportContract('a bucket', async () => opened());
holdsExportContract('a bucket with a prefix', async () => opened('customers/holdfast'));

describe('a bucket', () => {
  it('says what a file is, and never that it is encoded, so that nobody unpacks it', async () => {
    const store = opened();
    const types = { 'part.ndjson.gz': 'application/gzip', 'manifest.json': 'application/json' };
    for (const [name, type] of Object.entries({ ...types, 'manifest.jws': 'application/jose' })) {
      await store.put(`tenant=types/${name}`, bytes(name));
      expect(headersOf(`tenant=types/${name}`)).toEqual({
        'content-type': type,
        'x-amz-checksum-sha256': expect.stringMatching(/^.{44}$/),
      });
    }
  });

  it('reads the oldest version, also when a deletion has let a second one in, and lists what is deleted', async () => {
    const store = opened();
    await store.put('tenant=old/a', bytes('first'));
    await store.put('tenant=old/a.b', bytes('longer name'));
    const client = bucket.client();
    for (const text of ['second', 'third', 'fourth']) {
      await client.send(new DeleteObjectCommand({ Bucket: 'audit', Key: 'tenant=old/a' }));
      await store.put('tenant=old/a', bytes(text));
    }
    await client.send(new DeleteObjectCommand({ Bucket: 'audit', Key: 'tenant=old/a' }));
    expect(bucket.versions.get('tenant=old/a')).toHaveLength(8);
    expect(Buffer.from((await store.get('tenant=old/a')) ?? []).toString()).toBe('first');
    expect(await listed(store, 'tenant=old/')).toEqual(['tenant=old/a', 'tenant=old/a.b']);
    const first = bucket.versions.get('tenant=old/a')?.[0]?.id as string;
    const removal = new DeleteObjectCommand({ Bucket: 'audit', Key: 'tenant=old/a', VersionId: first });
    await expect(client.send(removal)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('passes over names that no export has', async () => {
    const store = opened('others');
    for (const key of ['others/a b', 'others/', 'others/.hidden', 'others/x', 'otherwise/y'])
      bucket.versions.set(key, [{ id: 'v1', bytes: bytes(key), headers: {} }]);
    expect(await listed(store)).toEqual(['x']);
  });
});

it('a bucket of a deployment is accepted, and another that lets files be deleted is not', async () => {
  const own = await new StandInBucket().open();
  await expect(holdBucket('audit', () => own.client())).rejects.toThrow('Missing expected rejection');
  own.keeps = true;
  expect(await holdBucket('audit', () => own.client())).toBeGreaterThan(8);
  own.close();
});

describe('a bucket that fails', () => {
  const client = new S3Client({ region: 'eu-central-1' });
  const s3 = mockClient(client);
  const store = bucketStore({ bucket: 'audit' }, async () => client);
  const named = (name: string, status: number) =>
    Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });

  it('is asked again while another write of the name is under way, and gives up in the end', async () => {
    s3.reset();
    s3.on(PutObjectCommand)
      .rejectsOnce(named('ConditionalRequestConflict', 409))
      .rejectsOnce(named('PreconditionFailed', 412));
    expect(await store.put('a', bytes('x'))).toBe('exists');
    expect(s3.commandCalls(PutObjectCommand)).toHaveLength(2);
  });

  it.each([
    ['AccessDenied', 403],
    ['NoSuchBucket', 404],
    ['OperationAborted', 409],
    ['SlowDown', 503],
  ])('says %s as it is, and neither `written` nor `exists`', async (name, status) => {
    s3.reset();
    s3.onAnyCommand().rejects(named(name, status));
    await expect(store.put('a', bytes('x'))).rejects.toThrow(name);
    await expect(store.get('a')).rejects.toThrow(name);
    await expect(listed(store)).rejects.toThrow(name);
  });

  it('is never asked for a file that would fill the memory', async () => {
    s3.reset();
    s3.on(ListObjectVersionsCommand).resolves({ Versions: [{ Key: 'a', VersionId: 'v', Size: largestFile + 1 }] });
    await expect(store.get('a')).rejects.toThrow('which no file of an export has');
    expect(s3.commandCalls(GetObjectCommand)).toEqual([]);
  });

  it('is not listed without an end: versions of a name, names, or markers alone', async () => {
    for (const Versions of [[{ Key: 'a', VersionId: 'v', Size: 1 }], []])
      for (const read of [() => store.get('a'), () => listed(store)]) {
        s3.reset();
        s3.on(ListObjectVersionsCommand).resolves({ Versions, IsTruncated: true, NextKeyMarker: 'a' });
        await expect(read()).rejects.toThrow('more versions than an export writes');
        expect(s3.commandCalls(ListObjectVersionsCommand).length).toBe(mostPages);
      }
  });
});

describe("a customer's bucket", () => {
  const sts = mockClient(STSClient);
  afterAll(() => sts.restore());
  const as = { roleArn: 'arn:aws:iam::123456789012:role/HoldfastAudit', externalId: 'holdfast-t1' };
  const given = (secondsLeft: number) => ({
    Credentials: {
      AccessKeyId: 'AKIA',
      SecretAccessKey: 'secret',
      SessionToken: 'session',
      Expiration: new Date(Date.now() + secondsLeft * 1_000),
    },
  });
  const credentials = roleCredentials(as, async () => new STSClient({ region: 'eu-central-1' }));
  const client = () => new S3Client({ region: 'eu-central-1', credentials });

  it('is written to by its role with the external id, whose credentials are kept until shortly before they expire', async () => {
    sts.reset();
    sts.on(AssumeRoleCommand).resolvesOnce(given(3_600)).resolves(given(60));
    const long = client();
    for (let n = 0; n < 3; n += 1) expect((await long.config.credentials()).sessionToken).toBe('session');
    expect(sts.commandCalls(AssumeRoleCommand).map(({ args }) => args[0].input)).toEqual([
      { RoleArn: as.roleArn, ExternalId: as.externalId, RoleSessionName: 'holdfast-audit-export' },
    ]);
    const short = client();
    for (let n = 0; n < 3; n += 1) await short.config.credentials();
    expect(sts.commandCalls(AssumeRoleCommand).length, 'a minute is too short').toBeGreaterThan(2);
  });

  it('is not written to when the role refuses, or gives nothing', async () => {
    sts.reset();
    sts
      .on(AssumeRoleCommand)
      .rejectsOnce(Object.assign(new Error('no'), { name: 'AccessDenied' }))
      .resolves({});
    await expect(credentials()).rejects.toThrow('no');
    await expect(credentials()).rejects.toThrow('without credentials');
  });
});
