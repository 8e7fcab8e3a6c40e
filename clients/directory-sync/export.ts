// Writes the directory as LDIF, for who delivers files by another way, or wants to see what is read.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createPrivate } from '../../shared/files/private.ts';
import { counted } from '../../shared/text/counted.ts';
import type { Context } from './context.ts';
import { mapped } from './entries.ts';
import { exits, SyncError } from './exits.ts';
import type { Listed } from './ldap/types.ts';
import { LdifFiles, ldifRecords } from './ldif.ts';

/** Writes files 0001.ldif and so on into a folder, each small enough for the API. @throws SyncError, DirectoryFault */
export const exportTo = async ({ within, settings, report, signal }: Context, folder: string): Promise<number> => {
  const written: string[] = [];
  const write = async (text: string | undefined) => {
    if (text === undefined) return;
    const path = join(folder, `${String(written.length + 1).padStart(4, '0')}.ldif`);
    // They name people, so nobody else may read them; and what is there already is not ours to replace.
    if (!(await createPrivate(path, text)))
      throw new SyncError('usage', `${path} is there already: name an empty folder with --out.`);
    written.push(path);
  };
  return within(async (directory) => {
    // What a pass has left that was begun anew.
    for (const path of written.splice(0)) await rm(path);
    const files = new LdifFiles();
    await directory.identity();
    const listing: Listed[] = [];
    for await (const one of directory.list({ recount: true })) {
      signal.throwIfAborted();
      listing.push(one);
      report.progress('listing', listing.length);
    }
    let done = 0;
    for await (const entry of directory.fetch(listing)) {
      signal.throwIfAborted();
      done += 1;
      report.progress('reading', done, listing.length);
      if ('gone' in entry) continue;
      const attributes = mapped(entry.attributes, settings.attributes);
      for (const record of ldifRecords({ ...entry, attributes })) await write(files.add(record));
    }
    await write(files.rest());
    report.say(
      'exported',
      `${counted(done, 'entry', 'entries')} in ${counted(written.length, 'file')}, in ${folder}. They name people: keep them safe.`,
      { entries: done, files: written.length },
    );
    return exits.done;
  });
};
