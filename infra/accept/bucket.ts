// Holds the bucket of a deployment to what exports rely on: the contract of every store of exported files, and what only
// S3 itself can prove. Its files stay, because the bucket keeps them.
import { equal, rejects } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { bucketStore } from '../../shared/exports/bucket.ts';
import { utf8 } from '../../shared/text/text.ts';
import { exportContract } from './export-contract.ts';

const denied = { name: 'AccessDenied' };

/** @param client makes a client of S3. @throws Error about the first thing that does not hold. @returns how many hold */
export const holdBucket = async (bucket: string, client: () => S3Client): Promise<number> => {
  const store = () => bucketStore({ bucket }, async () => client());
  const under = `tenant=acceptance-${randomUUID()}`;
  for (const [at, { holds }] of exportContract.entries()) await holds(store(), store(), `${under}/case-${at}`);

  const s3 = client();
  const name = { Bucket: bucket, Key: `${under}/locked` };
  equal(await store().put(name.Key, Buffer.from('locked')), 'written');
  await rejects(s3.send(new PutObjectCommand({ ...name, Key: `${under}/unconditional`, Body: 'x' })), denied);
  const { ObjectLockMode, VersionId } = await s3.send(new HeadObjectCommand(name));
  equal(ObjectLockMode, 'COMPLIANCE', 'the bucket does not lock what is written');
  await rejects(s3.send(new DeleteObjectCommand(name)), denied);
  await rejects(s3.send(new DeleteObjectCommand({ ...name, VersionId })), denied);
  equal(utf8((await store().get(name.Key)) ?? new Uint8Array()), 'locked');
  return exportContract.length + 4;
};
