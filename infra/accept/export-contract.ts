// What every store of exported files must hold (`ExportStore`), as a list that tests run over each store, and
// `npm run accept` over the bucket of a deployment. Each case writes names of its own only, because files stay.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import type { ExportStore } from '../../shared/exports/port.ts';
import { utf8 } from '../../shared/text/text.ts';

interface Case {
  readonly title: string;
  /**
   * @param store a store
   * @param again another client of the same files, as another process has it
   * @param under what the case's names begin with: nobody else's do
   */
  holds(store: ExportStore, again: ExportStore, under: string): Promise<void>;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = async (store: ExportStore, name: string): Promise<string | undefined> => {
  const read = await store.get(name);
  return read && utf8(read);
};
const listed = async (store: ExportStore, prefix: string): Promise<string[]> => {
  const names: string[] = [];
  for await (const name of store.list(prefix)) names.push(name);
  return names;
};

export const exportContract: readonly Case[] = [
  {
    title: 'writes a file, and says so once: the same again exists, and so does another under its name',
    holds: async (store, again, under) => {
      const name = `${under}/dt=2026-01-01/part.ndjson.gz`;
      equal(await store.get(name), undefined);
      equal(await store.put(name, bytes('first')), 'written');
      equal(await store.put(name, bytes('first')), 'exists');
      equal(await again.put(name, bytes('second')), 'exists');
      equal(await textOf(store, name), 'first');
      equal(await textOf(again, name), 'first');
    },
  },
  {
    title: 'lets one of eight writers win, and shows all of them the bytes of that one',
    holds: async (store, again, under) => {
      const name = `${under}/race`;
      const writers = Array.from({ length: 8 }, (_, at) => `${at}`.repeat(100_000));
      const seen = await Promise.all(
        writers.map(async (text, at) => {
          const mine = at % 2 === 0 ? store : again;
          return { text, outcome: await mine.put(name, bytes(text)), read: await textOf(mine, name) };
        }),
      );
      const won = seen.filter(({ outcome }) => outcome === 'written');
      equal(won.length, 1);
      for (const { read } of seen) ok(read === won[0]?.text, 'a writer has read another file than the winner wrote');
    },
  },
  {
    title: 'keeps bytes as they are: none, all values, and four million of them',
    holds: async (store, again, under) => {
      const all = Uint8Array.from({ length: 256 }, (_, at) => at);
      const large = Buffer.alloc(4_000_000, all);
      for (const [name, content] of Object.entries({ none: new Uint8Array(0), all, large })) {
        equal(await store.put(`${under}/${name}`, content), 'written');
        const read = await again.get(`${under}/${name}`);
        ok(read && Buffer.compare(read, content) === 0, name);
      }
    },
  },
  {
    title: 'lists names by any prefix, in order',
    holds: async (store, again, under) => {
      const names = ['a/b', 'a-1', 'a-2/dt=1/x', 'a-2/dt=10/x', 'b/c/d'].map((name) => `${under}/${name}`);
      for (const name of [...names].reverse()) await store.put(name, bytes(name));
      deepEqual(await listed(again, `${under}/`), [...names].sort());
      deepEqual(await listed(again, `${under}/a-2/dt=1`), [`${under}/a-2/dt=1/x`, `${under}/a-2/dt=10/x`]);
      deepEqual(await listed(again, `${under}/a-2/dt=1/`), [`${under}/a-2/dt=1/x`]);
      deepEqual(await listed(again, `${under}/a/b`), [`${under}/a/b`]);
      deepEqual(await listed(again, `${under}/none`), []);
    },
  },
  {
    title: 'refuses names that lead out of it, or that a file system understands otherwise',
    holds: async (store, again, under) => {
      await store.put(`${under}/in/file`, bytes(''));
      const wrong = ['', '/', '/etc/x', '../x', `${under}/../x`, `${under}/./x`, `${under}//x`, `${under}/.x`];
      const worse = [`${under}/x/`, `${under}\\x`, `${under}/x\0`, `${under}/å`, `${under}/a b`, 'x'.repeat(513)];
      for (const name of [...wrong, ...worse]) {
        await rejects(() => store.put(name, bytes('x')), RangeError, name);
        await rejects(() => store.get(name), RangeError, name);
      }
      deepEqual(await listed(again, `${under}/`), [`${under}/in/file`]);
    },
  },
];
