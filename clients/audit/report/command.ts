// `audit report`: who had access when, computed from exported files.
import type { Book } from '../../../shared/domain/book/book.ts';
import { counted } from '../../../shared/text/counted.ts';
import { csvLine } from '../../../shared/text/csv.ts';
import { misused } from '../../command/words.ts';
import { type Context, command, folderIn } from '../command.ts';
import { AuditError, exits } from '../exits.ts';
import { type Trail, trailIn } from '../folder.ts';
import { pinnedKeys } from '../keys.ts';
import { type TenantFiles, tenantsIn } from '../verify/listing.ts';
import { verifyTenant } from '../verify/trail.ts';
import { eventsUpTo, partsOf, type Reading } from './events.ts';
import { heldIn, type Line, scopeText } from './held.ts';
import { namesIn } from './people.ts';
import { replayed } from './replay/replay.ts';
import type { Cause, State, UserState } from './replay/state.ts';
import { bookOf } from './replay/world.ts';
import { type Row, reviewed } from './review.ts';
import { timeOf } from './times.ts';
import { type Way, Ways } from './ways.ts';

const usage = `usage: audit report FOLDER (--user ID | --review) --at TIME [options]

Who had access when, computed from exported files, offline.

--user      what a user was allowed: each permission, how, since when, by which event; --why shows all ways
--review    an access review: who was in which role and had own grants; --role ID of one role, --permission ID of whoever
            held a permission by whatever way
--at        a time with its zone, or a day, which means its end in UTC
--between A B  instead of --at: what a user got and lost between two times
--csv       the review as comma-separated values
--tenant    which tenant, where the folder has several
--key       verifies the files first: a key that you trust, as for verify
--values    a folder with the personal values that a pull has kept: shows names beside ids`;

const options = {
  user: { type: 'string' },
  review: { type: 'boolean' },
  role: { type: 'string' },
  permission: { type: 'string' },
  at: { type: 'string' },
  between: { type: 'string' },
  why: { type: 'boolean' },
  csv: { type: 'boolean' },
  tenant: { type: 'string' },
  key: { type: 'string', multiple: true },
  values: { type: 'string' },
} as const;

type Values = { readonly [K in keyof typeof options]?: string | boolean | readonly string[] };

/** What is asked for. */
interface Asked {
  readonly folder: string;
  readonly times: readonly number[];
}

const askedOf = (values: Values, positionals: readonly string[]): Asked => {
  const { user, review, role, permission, at, between, why, csv } = values as Record<string, string | undefined>;
  if ((user === undefined) === (review === undefined)) return misused('Either --user ID or --review is needed.', usage);
  if (user !== undefined && (role ?? permission ?? csv) !== undefined)
    return misused('--role, --permission and --csv are for --review.', usage);
  if (role !== undefined && permission !== undefined)
    return misused('--role and --permission exclude each other.', usage);
  if (review !== undefined && (between ?? why) !== undefined)
    return misused('--between and --why are for --user.', usage);
  if ((at === undefined) === (between === undefined))
    return misused('Either --at TIME or --between A B is needed.', usage);
  if (at !== undefined) return { folder: folderIn(positionals, usage), times: [timeOf('--at', at, usage)] };
  const [folder, end, ...rest] = positionals;
  if (end === undefined) return misused('--between needs two times: FOLDER --user ID --between A B.', usage);
  const times = [timeOf('--between', String(between), usage), timeOf('--between', end, usage)] as const;
  if (times[1] < times[0]) return misused('--between: the second time is before the first.', usage);
  return { folder: folderIn(folder === undefined ? rest : [folder, ...rest], usage), times };
};

/** The files of the one tenant that is meant. */
const tenantIn = async (trail: Trail, folder: string, wanted: string | undefined): Promise<TenantFiles> => {
  const [files, ...others] = (await tenantsIn(trail, folder, wanted)) as [TenantFiles, ...TenantFiles[]];
  if (others.length > 0)
    return misused(`${folder} has several tenants: name one, such as --tenant ${files.tenant}.`, usage);
  return files;
};

/** Verifies the files when keys are given. Returns what is to be said about it. @throws AuditError when they are not as sealed */
const verifiedBy = async (
  keys: readonly string[] | undefined,
  trail: Trail,
  files: TenantFiles,
  { report, signal }: Context,
): Promise<string[]> => {
  if (!keys) return ['The files were not verified: give --key, or call audit verify first.'];
  let findings = 0;
  const outcome = await verifyTenant(trail, files, {
    pinned: await pinnedKeys(keys),
    kept: [],
    signal,
    tell: () => {
      findings += 1;
    },
    progress: (sequence, last) => report.progress('verifying', sequence, last),
  });
  if (findings > 0)
    throw new AuditError(
      'wrong',
      `The files are not what was sealed: ${counted(findings, 'finding')}. Call audit verify.`,
    );
  return [`The files were verified up to sequence ${outcome.covered}.`, ...outcome.unchecked];
};

const title = (cause: Cause): string =>
  `since ${cause.at} by ${cause.action} (event ${cause.id}, sequence ${cause.sequence})`;

/** A state at a time, with what is needed to ask about it. */
interface Moment {
  readonly at: string;
  readonly state: State;
  readonly book: Book;
  readonly ways: Ways;
  readonly names: ReadonlyMap<string, string>;
  readonly gaps: readonly string[];
}

const bookIn = (state: State, until: string): Book => {
  if (!state.tenant)
    throw new AuditError(
      'incomplete',
      `No event up to ${until} tells of the tenant's creation: it was created later, or the files of its first days are missing.`,
    );
  const book = bookOf(state);
  try {
    void book.catalogue;
  } catch {
    const { catalogue, catalogueVersion } = state.tenant;
    throw new AuditError(
      'incomplete',
      `The tenant has version ${catalogueVersion ?? 'unknown'} of the catalogue ${catalogue}, which this release of the command does not have: use the one of the release that serves the tenant.`,
    );
  }
  return book;
};

/** Sentences about the moment that whoever reads the report must know. */
const notesOf = ({ state, at }: Moment, reading: Reading): string[] => {
  const { tenant } = state;
  const notes: string[] = [];
  if (tenant && !tenant.enforced)
    notes.push(
      'Access rights were not enforced at that time: every active user could do everything, whatever is listed here.',
    );
  if (tenant && tenant.lifecycle !== 'active')
    notes.push(`The tenant was ${tenant.lifecycle} at that time: it answered nobody but operators.`);
  if (reading.last === undefined || reading.last.at <= at)
    notes.push(
      `The last event of the files is of ${reading.last?.at ?? 'no time'}: whatever happened after it is not in this report.`,
    );
  return notes;
};

const nameOf = ({ state, names }: Moment, id: string): string =>
  names.get(id) ?? state.roles.get(id)?.name ?? state.groups.get(id)?.name ?? state.policies.get(id)?.name ?? '';
const named = (moment: Moment, id: string): string => {
  const name = nameOf(moment, id);
  return name === '' ? id : `${id} (${name})`;
};

/** A way in words. */
const howOf = (moment: Moment, { origin, groups }: Way): string => {
  const within = groups.length > 0 ? `, in ${groups.map((id) => named(moment, id)).join(' within ')}` : '';
  return origin === 'personal' ? 'own grants' : `role ${named(moment, origin)}${within}`;
};

/** One object of the output with --json. The event of the report is its kind; those of the audit are named `by`. */
const jsonLine = (event: string, fields: object): string => `${JSON.stringify({ event, ...fields })}\n`;

const stateOf = ({ kind, state }: UserState): string => `${state} ${kind ?? 'user'}`;

const wayFields = (moment: Moment, way: Way) => ({
  how: howOf(moment, way),
  via: way.origin,
  ...(way.groups.length > 0 && { groups: way.groups }),
  since: way.since.at,
  by: way.since.id,
  action: way.since.action,
  sequence: way.since.sequence,
});

const userIn = ({ state }: Moment, id: string): UserState | undefined => {
  const user = state.users.get(id);
  if (!user) return undefined;
  return user.state === 'deleted' ? undefined : user;
};

/** What is told of one user. */
const tellUser = ({ report, json, out }: Context, moment: Moment, id: string, why: boolean): void => {
  const user = userIn(moment, id);
  const was = moment.state.users.get(id);
  if (!user) {
    const text = was
      ? `${named(moment, id)} was deleted ${title(was.stateCause)}, and had no access at ${moment.at}.`
      : `No event up to ${moment.at} tells of ${id}: the tenant had no such user.`;
    report.say('user', text, { user: id, at: moment.at, state: was ? 'deleted' : 'none' });
    return;
  }
  const lines = heldIn(moment.state, moment.book, moment.ways, user);
  if (json) {
    const common = { at: moment.at, user: id };
    const { kind, state, stateCause } = user;
    out.write(
      jsonLine('user', { ...common, name: nameOf(moment, id), kind, state, since: stateCause.at, by: stateCause.id }),
    );
    for (const { ways, ...line } of lines)
      out.write(jsonLine('permission', { ...common, ...line, ways: ways.map((way) => wayFields(moment, way)) }));
    return;
  }
  report.say('user', `${named(moment, id)} at ${moment.at}: ${stateOf(user)}, ${title(user.stateCause)}.`);
  if (lines.length === 0) report.say('permission', '  No permission.');
  for (const { ways, ...line } of lines) {
    report.say('permission', `  ${line.permission} (${scopeText(line)})`);
    for (const way of why ? ways : ways.slice(0, 1))
      report.say('way', `    by ${howOf(moment, way)}, ${title(way.since)}`);
    if (!why && ways.length > 1) report.say('way', `    and ${counted(ways.length - 1, 'more way')}: see --why`);
  }
};

/** What a user got and lost between two moments. */
const tellChanges = ({ report, json, out }: Context, [from, to]: readonly [Moment, Moment], id: string): void => {
  const linesAt = (moment: Moment): Map<string, Line> => {
    const user = userIn(moment, id);
    const lines = user ? heldIn(moment.state, moment.book, moment.ways, user) : [];
    return new Map(lines.map((line) => [`${line.permission} (${scopeText(line)})`, line]));
  };
  const [was, is] = [linesAt(from), linesAt(to)];
  const got = [...is].filter(([key]) => !was.has(key));
  const lost = [...was].filter(([key]) => !is.has(key));
  const tell = (what: 'got' | 'lost', key: string, { ways, ...line }: Line, moment: Moment) => {
    const [way] = ways;
    if (json) out.write(jsonLine(what, { user: id, ...line, ...(way && wayFields(moment, way)) }));
    else report.say(what, `  ${what} ${key}${way ? `, by ${howOf(moment, way)}, ${title(way.since)}` : ''}`);
  };
  const states = [from, to].map(({ state }) => state.users.get(id)?.state ?? 'not there');
  report.say('between', `${named(to, id)} between ${from.at} and ${to.at}: ${states[0]}, then ${states[1]}.`, {
    user: id,
    from: from.at,
    to: to.at,
    before: states[0],
    after: states[1],
  });
  for (const [key, line] of got) tell('got', key, line, to);
  for (const [key, line] of lost) tell('lost', key, line, from);
  if (got.length + lost.length === 0) report.say('same', '  No permission was got or lost.');
};

const rowFields = (moment: Moment, { user, subject, id, scope, way }: Row) => ({
  user: user.id,
  name: nameOf(moment, user.id),
  kind: user.kind ?? '',
  state: user.state,
  subject,
  id,
  title: subject === 'permission' ? (moment.book.catalogue.permission.get(id)?.title ?? '') : nameOf(moment, id),
  scope,
  how: howOf(moment, way),
  since: way.since.at,
  by: way.since.id,
  sequence: String(way.since.sequence),
});

const tellReview = (
  { out, json, report }: Context,
  moment: Moment,
  {
    role,
    permission,
    csv,
  }: { readonly role?: string | undefined; readonly permission?: string | undefined; readonly csv: boolean },
): void => {
  const { state, book, ways } = moment;
  if (role !== undefined && !state.roles.has(role))
    throw new AuditError('usage', `--role: no event up to ${moment.at} tells of a role ${role}.`);
  if (permission !== undefined && !book.catalogue.permission.has(permission))
    throw new AuditError('usage', `--permission: the catalogue of the tenant has no permission ${permission}.`);
  let rows = 0;
  for (const row of reviewed(state, book, ways, { role, permission })) {
    const fields = rowFields(moment, row);
    if (csv && rows === 0) out.write(csvLine(Object.keys(fields)));
    rows += 1;
    if (csv) out.write(csvLine(Object.values(fields)));
    else if (json) out.write(jsonLine('access', { at: moment.at, ...fields }));
    else
      report.say(
        'access',
        `${named(moment, row.user.id)}, ${stateOf(row.user)}: ${row.subject} ${named(moment, row.id)}${row.scope ? ` (${row.scope})` : ''}, by ${fields.how}, ${title(row.way.since)}`,
      );
  }
  if (rows === 0 && !csv) report.say('access', 'Nobody.');
};

export const reportCommand = command({
  name: 'report',
  usage,
  options,
  run: async (context, { values, positionals }) => {
    const { folder, times } = askedOf(values as Values, positionals);
    const { report, signal } = context;
    const trail = await trailIn(folder);
    const files = await tenantIn(trail, folder, values.tenant);
    const notes = await verifiedBy(values.key, trail, files, context);
    const source = {
      trail,
      parts: partsOf(files),
      tenant: files.tenant,
      signal,
      progress: (sequence: number, last: number) => report.progress('reading', sequence, last),
    };
    const moments: Moment[] = [];
    const gaps = new Set<string>();
    for (const time of times) {
      const reading: Reading = { gaps };
      const state = await replayed(eventsUpTo(source, time, reading));
      const at = new Date(time).toISOString();
      const book = bookIn(state, at);
      const names = values.values === undefined ? new Map() : await namesIn(values.values, state.last?.id);
      const moment = { at, state, book, ways: new Ways(state), names, gaps: state.gaps };
      for (const gap of state.gaps) gaps.add(gap);
      moments.push(moment);
      for (const note of notesOf(moment, reading)) if (!notes.includes(note)) notes.push(note);
    }
    const [first, second] = moments as [Moment, Moment | undefined];
    const { user, role, permission, csv = false, why = false } = values;
    if (user === undefined) tellReview(context, first, { role, permission, csv });
    else if (second) tellChanges(context, [first, second], user);
    else tellUser(context, first, user, why);
    // The review is a file for a spreadsheet: what is to be said of it goes beside it.
    const { err, json } = context;
    for (const note of notes) err.write(json ? jsonLine('note', { note }) : `Note: ${note}\n`);
    for (const gap of gaps) err.write(json ? jsonLine('gap', { gap }) : `Gap: ${gap}\n`);
    return gaps.size === 0 ? exits.done : exits.incomplete;
  },
});
