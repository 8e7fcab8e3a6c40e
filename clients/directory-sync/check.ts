// Tries the settings: connection, bind, bases and filters, what the first entries come to, and the API. Changes nothing.
import { isDisabled } from '../../shared/ldif/disabled.ts';
import { DirectoryError } from '../../shared/ldif/dn.ts';
import { groupName, type UserFacts, userFacts } from '../../shared/ldif/entries.ts';
import { counted } from '../../shared/text/counted.ts';
import { tellEnd } from '../command/ends.ts';
import { type Context, endOf } from './context.ts';
import { mapped, nobodyOf } from './entries.ts';
import { exits } from './exits.ts';
import type { Directory, EntryKind, FullEntry, Listed } from './ldap/types.ts';

/** So many of each kind are read whole, and so many of them are shown. */
const looked = { at: 200, shown: 3 } as const;

interface Seen {
  readonly shown: string[];
  /** What would not be taken in, or not be understood, by its reason. */
  readonly left: Map<string, number>;
  disabled: number;
}

const shownUser = ({ name, login, mail, enabled }: UserFacts): string =>
  [name, login ?? '(no login)', mail ?? '(no mail)', ...(enabled ? [] : ['disabled'])].join(', ');

/** Looks at an entry as the service would. */
const look = (entry: FullEntry, seen: Seen, now: number): void => {
  const leave = (reason: string) => {
    seen.left.set(reason, (seen.left.get(reason) ?? 0) + 1);
  };
  try {
    const nobody = nobodyOf(entry);
    if (nobody !== undefined) {
      leave(nobody === 'tombstone' ? 'deleted entries (tombstones)' : 'copies that lost a conflict');
      return;
    }
    if (entry.unreadable.length > 0) leave(`values that are no text (${entry.unreadable.join(', ')})`);
    const { attributes, members, memberUids } = entry;
    if (entry.kind === 'user' && isDisabled(attributes, now)) seen.disabled += 1;
    const text =
      entry.kind === 'user'
        ? shownUser(userFacts(attributes, now))
        : `${groupName(attributes)}, ${counted(members.length + memberUids.length, 'direct member')}`;
    if (seen.shown.length < looked.shown) seen.shown.push(text);
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    leave(error.message);
  }
};

const tell = ({ report }: Context, kind: EntryKind, total: number, seen: Seen): void => {
  const left = [...seen.left].map(([reason, n]) => `    left out or incomplete: ${n} × ${reason}`);
  const disabled = kind === 'user' ? [`    disabled: ${seen.disabled} of the first ${Math.min(total, looked.at)}`] : [];
  const lines = [`  ${counted(total, kind)} in scope`, ...seen.shown.map((one) => `    ${one}`), ...disabled, ...left];
  report.say('scope', lines.join('\n'), { kind, total, left: [...seen.left.values()].reduce((sum, n) => sum + n, 0) });
};

const checkDirectory = async (context: Context, directory: Directory): Promise<void> => {
  const { report, settings, signal, now } = context;
  const { vendor } = await directory.identity();
  report.say('connected', `The directory takes the account. It is: ${vendor}.`, { vendor });
  const totals = { user: 0, group: 0 };
  const first: Listed[] = [];
  for await (const one of directory.list({ recount: true })) {
    signal.throwIfAborted();
    totals[one.kind] += 1;
    if (totals[one.kind] <= looked.at) first.push(one);
    report.progress('listing', totals.user + totals.group);
  }
  const seen = {
    user: { shown: [], left: new Map(), disabled: 0 } as Seen,
    group: { shown: [], left: new Map(), disabled: 0 } as Seen,
  };
  for await (const entry of directory.fetch(first)) {
    if ('gone' in entry) continue;
    look({ ...entry, attributes: mapped(entry.attributes, settings.attributes) }, seen[entry.kind], now());
  }
  for (const kind of ['user', 'group'] as const) tell(context, kind, totals[kind], seen[kind]);
  const { referrals, duplicates } = directory.ignored;
  if (referrals + duplicates > 0)
    report.say(
      'ignored',
      `  left out: ${counted(referrals, 'referral')} to other servers, ${counted(duplicates, 'entry', 'entries')} that two bases share`,
      {
        referrals,
        duplicates,
      },
    );
};

const checkApi = async ({ api, report }: Context): Promise<void> => {
  const { id, name, enabled = true, client, sync } = await api.source();
  const from = client === undefined ? 'who manages access rights alone' : `client ${client}`;
  const text = `Source ${id} is "${name}"${enabled ? '' : ', switched off'}, and takes runs from ${from}.`;
  report.say('api', `The API takes the token. ${text}`, {
    source: id,
    enabled,
    heldRun: sync.heldRun,
  });
};

/** Tries both sides, also the second when the first fails, and answers with the exit code of the first failure. */
export const check = async (context: Context): Promise<number> => {
  const sides = [() => context.within((directory) => checkDirectory(context, directory)), () => checkApi(context)];
  const codes: number[] = [];
  for (const side of sides)
    try {
      await side();
    } catch (error) {
      const end = endOf(error);
      if (end === undefined || context.signal.aborted) throw error;
      codes.push(tellEnd(context.report, end));
    }
  return codes[0] ?? exits.done;
};
