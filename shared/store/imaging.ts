// Makes the images of large books, and removes those that nobody needs. The worker does it after each slice of a run or a
// sweep. A worker that dies on the way, and two that do it at a time, leave nothing that a reader could take.
import * as z from 'zod';
import type { TenantId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { type Head, type Image, imageSchema, recordName } from '../domain/book/records.ts';
import * as on from './conditions.ts';
import { type Item, patience } from './db.ts';
import { imageIsDue, itemsOf, packedBook } from './image.ts';
import { parsed, stored, toHead } from './items.ts';
import { keys, partitions } from './keys.ts';
import { writePatiently } from './patiently.ts';
import type { Store } from './store.ts';

/** Bytes of a part: an item holds 400 KB. */
const bytesPerPart = 380_000;
/** Milliseconds after which an image that the head does not name has been given up. */
const givenUp = 600_000;

/**
 * Makes an image if one is due, and removes images that nobody needs. Two that make one at a time do not meet: each has
 * an id of its own, and the head takes the later version.
 */
export const imaged = async (store: Store, tenant: TenantId): Promise<void> => {
  const { db } = store;
  const [item] = await db.read([keys.head(tenant)]);
  const head = toHead(item);
  if (!head) return;
  if (imageIsDue(head)) await made(store, tenant, head);
  // A small book has no image, and had none unless it was large once.
  if (head.image || imageIsDue(head)) await imagesSwept(store, tenant);
};

const made = async (store: Store, tenant: TenantId, head: Head): Promise<void> => {
  const { db } = store;
  const { raw, book } = await itemsAtOneVersion(store, tenant, head.image);
  const data = await packedBook(book, raw);
  const parts = Array.from({ length: Math.ceil(data.length / bytesPerPart) }, (_, n) =>
    data.subarray(n * bytesPerPart, (n + 1) * bytesPerPart),
  );
  const { version } = book;
  const image: Image = { id: `${version}.${store.ids.life()}`, version, parts: parts.length };
  // Noted before it is written, so that the parts of a worker that dies are found and removed.
  const note = stored(keys.imageNote(tenant, image.id), { ...image, at: store.now });
  await db.put(note);
  await Promise.all(parts.map((part, n) => db.put({ ...keys.imagePart(tenant, image.id, n), book: part })));
  const old = head.image;
  await writePatiently(db, [
    {
      Update: {
        Key: keys.head(tenant),
        TableName: '',
        UpdateExpression: 'SET image = :value',
        ConditionExpression: on.all(on.present, on.olderImage),
        ExpressionAttributeValues: { ':value': image, ':image': version },
      },
    },
    { Delete: { Key: keys.imageNote(tenant, image.id), TableName: '', ConditionExpression: on.imageIsKept } },
    ...(old ? [{ Put: { Item: stored(keys.imageNote(tenant, old.id), { ...old, at: 0 }), TableName: '' } }] : []),
  ]);
};

/**
 * The items of the book as they are stored, all of one version: a name and a rev mean one content, so items are read
 * until each has the rev of the record in a book that is proven. They come from the last image as far as it goes.
 */
const itemsAtOneVersion = async (store: Store, tenant: TenantId, last: Image | undefined) => {
  const { db } = store;
  const until = store.now + patience;
  let raw = (last && (await itemsOf(db, tenant, last))) ?? new Map<string, Item>();
  for (;;) {
    const view = await store.view(tenant);
    if (!view) throw new Refusal('not-found');
    const { book } = view;
    const stale = [...book.records.values()].filter((one) => raw.get(recordName(one))?.rev !== one.rev);
    if (stale.length === 0) {
      for (const name of raw.keys()) if (!book.records.has(name)) raw.delete(name);
      return { raw, book };
    }
    if (store.now > until) throw new Refusal('busy');
    if (stale.length > book.records.size / 8) {
      const all = await db.all({ partition: partitions.book(tenant) });
      raw = new Map(all.map((item) => [String(item.SK), item]));
      continue;
    }
    const items = await db.read(stale.map((one) => keys.record(tenant, recordName(one))));
    for (const item of items) if (item) raw.set(String(item.SK), item);
  }
};

const noteSchema = lazy(() => imageSchema().extend({ at: z.number(), going: z.boolean().optional() }));

/** Removes the parts of images that the head does not name: replaced ones at once, others when they were given up. */
const imagesSwept = async (store: Store, tenant: TenantId): Promise<void> => {
  const { db } = store;
  for (const item of await db.all({ partition: partitions.images(tenant) })) {
    const note = parsed(noteSchema(), item);
    const key = keys.imageNote(tenant, note.id);
    if (store.now - note.at < givenUp) continue;
    // From here on its maker, should it still live, cannot make the head name it.
    await writePatiently(db, [
      {
        Update: {
          Key: key,
          TableName: '',
          UpdateExpression: 'SET going = :yes',
          ConditionExpression: on.present,
          ExpressionAttributeValues: { ':yes': true },
        },
      },
    ]);
    const [head] = await db.read([keys.head(tenant)]);
    const named = toHead(head)?.image?.id === note.id;
    const parts = named ? [] : Array.from({ length: note.parts }, (_, n) => keys.imagePart(tenant, note.id, n));
    for (const Key of [...parts, key]) await writePatiently(db, [{ Delete: { Key, TableName: '' } }]);
  }
};
