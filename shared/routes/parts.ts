// What several entries of the table of operations have in common.
import * as z from 'zod';
import { lazy } from '../domain/base/lazy.ts';
import * as s from './schemas.ts';

const admins = ['person', 'client'] as const;

export const paged = lazy(() => z.strictObject(s.page()));
/** Of a list of named things. */
export const searched = lazy(() => z.strictObject({ ...s.page(), search: s.search() }));

/** The tag of a language (RFC 5646). */
export const languageTag = () =>
  z
    .string()
    .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, { error: "is no tag of a language, such as 'fr-CA'" })
    .max(64);

/** Of what has texts in several languages. */
export const inALanguage = lazy(() =>
  z.strictObject({
    language: languageTag()
      .default('en')
      .meta({ description: 'Of the texts, such as `fr` or `fr-CA`. What is missing in it is in English.' }),
  }),
);

export const read = { callers: admins, scope: 'admin', status: 200, problems: ['not-found'], data: 'read' } as const;

const lockOut = ['last-access-manager', 'keeperless'] as const;

export const write = {
  callers: admins,
  scope: 'admin',
  problems: ['not-found', 'quota-exceeded', ...lockOut],
  data: 'write',
} as const;

/** An operation that is open to everybody, without a token. */
export const open = { callers: [], scope: 'admin', needs: 'none', status: 200, problems: [], data: 'none' } as const;

/** A text of a directory's client that is kept and compared, and means nothing here. */
export const runMark = (longest: number) => z.string().min(1).max(longest);

/** The query that says which part of a grant to remove, and how. */
export const takenLimits = lazy(() =>
  z.strictObject({
    policy: s.ids.policy.optional(),
    actionType: s.typeId().optional(),
    ruleType: s.typeId().optional(),
    expand: z
      .enum(['true', 'false'])
      .default('false')
      .meta({
        description:
          '`true` also takes a permission that is held through a wider grant: grants of everything else that the wider ' +
          'grant gives now take its place. They do not include permissions, policies and types that are added later, ' +
          'nor permissions that require the removed one or that only the wider grant allowed.',
      }),
  }),
);
