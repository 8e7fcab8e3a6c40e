// Exported files in a bucket of S3: the deployment's own, or a customer's by a role of theirs. The SDK is loaded on first
// use.
//
// In a bucket that keeps versions, S3 compares a conditional write with the newest version only. Somebody who may delete
// puts a marker on top of a file, and a second version of its name can then be written. Object Lock keeps the first one,
// so the oldest version is the file, and all reading goes by versions.
import { hash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type {
  ListObjectVersionsCommandInput,
  ListObjectVersionsCommandOutput,
  ObjectVersion,
  S3Client,
} from '@aws-sdk/client-s3';
import type { STSClient } from '@aws-sdk/client-sts';
import { timeOuts } from '../store/time-outs.ts';
import { type ExportStore, fileName, isFileName } from './port.ts';

/** Where the files are, and as whom they are written. */
interface Place {
  readonly bucket: string;
  /** The region of this process when absent. */
  readonly region?: string | undefined;
  /** What the names of all files begin with, before a slash. */
  readonly prefix?: string | undefined;
  /** The role of a customer to assume, with the external id that its trust policy demands. */
  readonly as?: { readonly roleArn: string; readonly externalId: string } | undefined;
}

type Version = ObjectVersion & { readonly Key: string };

/** Bytes. No file of an export is as large, and a larger one in a customer's bucket must not fill the memory. */
export const largestFile = 64 * 1024 * 1024;

/**
 * Pages of a listing, each of a thousand versions and markers. A day of an export has some hundreds of files; whoever
 * fills a bucket of their own with more must not hold up the function that exports everybody's.
 */
export const mostPages = 200;

/** Milliseconds for S3 to take or begin to send a file. */
const toAnswer = 10_000;
/** Attempts of a write that meets another one of the same name, and the milliseconds before the second. */
const attempts = 8;
const pause = 50;

const stsClient = async (): Promise<STSClient> => {
  const { STSClient } = await import('@aws-sdk/client-sts');
  return new STSClient({ requestHandler: timeOuts(3_000), maxAttempts: 3 });
};

/**
 * Credentials of the role, for an hour. S3's client asks for them on its first request and again shortly before they
 * expire.
 */
export const roleCredentials =
  ({ roleArn, externalId }: NonNullable<Place['as']>, client: () => Promise<STSClient> = stsClient) =>
  async () => {
    const { AssumeRoleCommand } = await import('@aws-sdk/client-sts');
    const { Credentials: given } = await (await client()).send(
      new AssumeRoleCommand({ RoleArn: roleArn, ExternalId: externalId, RoleSessionName: 'holdfast-audit-export' }),
    );
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = given ?? {};
    if (!accessKeyId || !secretAccessKey || !sessionToken || !given?.Expiration)
      throw new Error(`The role ${roleArn} was assumed without credentials.`);
    return { accessKeyId, secretAccessKey, sessionToken, expiration: given.Expiration };
  };

const connect = async ({ region, as }: Place): Promise<S3Client> => {
  const { S3Client } = await import('@aws-sdk/client-s3');
  return new S3Client({
    requestHandler: timeOuts(toAnswer),
    maxAttempts: 4,
    ...(region !== undefined && { region }),
    ...(as && { credentials: roleCredentials(as) }),
  });
};

/** Types by which nobody unpacks a file unasked: what is read has the hash that the manifest names. */
const typeOf = (name: string): string => {
  if (name.endsWith('.gz')) return 'application/gzip';
  return name.endsWith('.json') ? 'application/json' : 'application/jose';
};

/** What became of a write: `written`, `exists` (412), or `again` where another write of the name is under way (409). */
const outcomeOf = (error: unknown): 'exists' | 'again' => {
  const { name, $metadata } = (error ?? {}) as { name?: string; $metadata?: { httpStatusCode?: number } };
  if (name === 'PreconditionFailed' || $metadata?.httpStatusCode === 412) return 'exists';
  if (name === 'ConditionalRequestConflict') return 'again';
  throw error;
};

/**
 * A store in a bucket. It needs `s3:PutObject`, `s3:GetObjectVersion` and `s3:ListBucketVersions`.
 * @param client the client of S3, made on first use
 */
export const bucketStore = (place: Place, client: () => Promise<S3Client> = () => connect(place)): ExportStore => {
  const { bucket: Bucket, prefix } = place;
  const before = prefix === undefined ? '' : `${prefix}/`;
  let connected: Promise<S3Client> | undefined;
  const s3 = (): Promise<S3Client> => {
    connected ??= client();
    return connected;
  };

  /** All versions of all files whose name begins so, in the order of names, of each name the newest first. */
  async function* versions(start: string): AsyncGenerator<Version> {
    const { ListObjectVersionsCommand } = await import('@aws-sdk/client-s3');
    let from: Pick<ListObjectVersionsCommandInput, 'KeyMarker' | 'VersionIdMarker'> | undefined = {};
    for (let pages = 1; from; pages += 1) {
      if (pages > mostPages)
        throw new Error(`${before}${start} in ${Bucket} begins the names of more versions than an export writes.`);
      const command = new ListObjectVersionsCommand({ Bucket, Prefix: before + start, ...from });
      const page: ListObjectVersionsCommandOutput = await (await s3()).send(command);
      for (const version of page.Versions ?? []) if (version.Key !== undefined) yield { ...version, Key: version.Key };
      from = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
        : undefined;
    }
  }

  /** The oldest version of each file whose name begins so, in the order of names. */
  async function* oldest(start: string): AsyncGenerator<Version> {
    let last: Version | undefined;
    for await (const version of versions(start)) {
      if (last !== undefined && last.Key !== version.Key) yield last;
      last = version;
    }
    if (last !== undefined) yield last;
  }

  return {
    put: async (name, bytes) => {
      const Key = before + fileName(name);
      const { PutObjectCommand } = await import('@aws-sdk/client-s3');
      for (let attempt = 1; ; attempt += 1) {
        const command = new PutObjectCommand({
          Bucket,
          Key,
          Body: bytes,
          ContentType: typeOf(name),
          ChecksumSHA256: hash('sha256', bytes, 'base64'),
          IfNoneMatch: '*',
        });
        try {
          await (await s3()).send(command);
          return 'written';
        } catch (error) {
          if (outcomeOf(error) === 'exists') return 'exists';
          if (attempt === attempts) throw error;
        }
        await setTimeout(pause * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
      }
    },
    get: async (name) => {
      const Key = before + fileName(name);
      const { GetObjectCommand } = await import('@aws-sdk/client-s3');
      for await (const version of oldest(name)) {
        // Names sort before the longer ones that begin with them.
        if (version.Key !== Key) break;
        if ((version.Size ?? 0) > largestFile)
          throw new Error(`${Key} in ${Bucket} has ${version.Size} bytes, which no file of an export has.`);
        const found = await (await s3()).send(new GetObjectCommand({ Bucket, Key, VersionId: version.VersionId }));
        return found.Body?.transformToByteArray();
      }
      return undefined;
    },
    list: async function* (start) {
      for await (const { Key } of oldest(start)) {
        const name = Key.slice(before.length);
        if (isFileName(name)) yield name;
      }
    },
  };
};
