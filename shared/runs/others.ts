// The last phase of a run: it stores the names of entries that are neither user nor group, so that a later change to
// such an entry is known to concern nobody. The names decide nobody's access, so they are written outside the commit
// path.
import { dnDigest } from '../domain/directory.ts';
import { ofOther } from '../domain/plan/directory-names.ts';
import { replacedPointer } from '../store/directory.ts';
import { writePatiently } from '../store/patiently.ts';
import { isContainer } from './resolve.ts';
import { readPointers, type Slice } from './slice.ts';

/** Names written in one transaction. */
const atOnce = 50;

interface Note {
  readonly digest: string;
  readonly on: boolean;
  /** Written only if this name is stored as one of neither user nor group. */
  readonly from?: string;
}

const notesOf = ({ fold, resolution }: Slice): Note[] => {
  const on: Note[] = [];
  const off: Note[] = [];
  for (const { entry, code } of resolution.ignored ?? []) {
    const item = fold.entries[entry];
    if (!item || code !== 'neither-user-nor-group') continue;
    const digest = dnDigest(item.dn);
    const former = item.storedDn === undefined ? undefined : dnDigest(item.storedDn);
    // A container's name shows by itself that it is neither user nor group.
    if (item.present === true && !isContainer(item.dn)) on.push({ digest, on: true });
    if (item.present === undefined && former !== undefined && former !== digest)
      on.push({ digest, on: true, from: former });
    if (former !== undefined && (former !== digest || item.present === false)) off.push({ digest: former, on: false });
  }
  const staying = new Set(on.map(({ digest }) => digest));
  return [...on, ...off.filter(({ digest }) => !staying.has(digest))];
};

export const noteOthers = async (slice: Slice): Promise<boolean> => {
  const { key, run, store } = slice;
  const notes = notesOf(slice);
  const pointers = await readPointers(slice, [
    ...new Set(notes.flatMap(({ digest, from }) => [digest, from ?? digest])),
  ]);
  const due = new Map<string, boolean>();
  for (const { digest, on, from } of notes) {
    const before = pointers.get(digest);
    if (from !== undefined && pointers.get(from)?.other !== true) continue;
    if (before?.id === undefined && (before?.other === true) !== on) due.set(digest, on);
  }
  const rest = [...due];
  for (let at = 0; at < rest.length; at += atOnce) {
    if (slice.spent()) return false;
    // If a condition fails, another object has the name now. The next file stores the remaining names.
    await writePatiently(
      store.db,
      rest.slice(at, at + atOnce).map(([digest, on]) => {
        const before = pointers.get(digest);
        return replacedPointer(key.tenant, { source: run.source, digest, before, after: ofOther(before, on) });
      }),
    );
    await slice.reached(`${at}`);
  }
  return true;
};
