// The names of users, out of the personal values that a pull has kept. Events themselves have none.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { linesIfPresent } from '../../../shared/files/private.ts';

interface Values {
  readonly event?: unknown;
  readonly user?: unknown;
  readonly after?: { readonly name?: unknown } | undefined;
}

/** The last name of each user in the files of values below a folder, up to an event. @param until an id of an event */
export const namesIn = async (folder: string, until: string | undefined): Promise<ReadonlyMap<string, string>> => {
  const names = new Map<string, { readonly event: string; readonly name: string }>();
  const files = (await readdir(folder, { recursive: true })).filter((name) =>
    /(^|[/\\])values-[\d-]+\.ndjson$/.test(name),
  );
  for (const file of files.sort())
    for await (const lines of (await linesIfPresent(join(folder, file))) ?? [])
      for (const line of lines) {
        if (line.trim() === '') continue;
        const { event, user, after } = JSON.parse(line) as Values;
        if (typeof event !== 'string' || typeof user !== 'string' || typeof after?.name !== 'string') continue;
        const had = names.get(user);
        if ((until === undefined || event <= until) && (!had || had.event < event))
          names.set(user, { event, name: after.name });
      }
  return new Map([...names].map(([user, { name }]) => [user, name]));
};
