// The answers of the operations on sessions, and the members that a session adds to the answer of a check.
import * as z from 'zod';
import { tokenType } from '../domain/deciding/offline.ts';
import * as s from './schemas.ts';
import type { sessionOperations } from './sessions.ts';

const at = z.iso.datetime();
const follows = z.enum(['snapshot', 'current']).meta({
  description:
    'What decides the checks of the session: the rights kept at log-on (`snapshot`), or current data (`current`).',
});
const version = z.int().positive().meta({ description: "The version of the tenant's access rights at log-on." });

export const session = z.strictObject({
  id: s.sessionId(),
  user: s.ids.user,
  createdAt: at,
  expiresAt: at,
  follows,
  version,
});

/** The members that a session adds to the answer of a check. */
export const inSession = {
  session: z
    .strictObject({
      id: s.sessionId(),
      by: follows,
      version: z
        .int()
        .positive()
        .meta({ description: "The version of the tenant's access rights by which the check was decided." }),
      at: at.meta({ description: 'When that version was read.' }),
    })
    .optional()
    .meta({
      description:
        'Present when the check names a session. A snapshot does not keep the ways by which a right is granted.',
    }),
  current: z
    .strictObject({ allowed: z.boolean(), reason: s.reason() })
    .optional()
    .meta({ description: 'The answer by current data, present when it differs.' }),
};

const key = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string(),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
});

export const sessionAnswers = {
  createSession: session,
  endSession: null,
  createSnapshotToken: z.strictObject({
    token: z
      .string()
      .meta({ description: `A JWS of type ${tokenType}. The permission to manage access rights is never in it.` }),
    expiresAt: at,
  }),
  listSessions: z.strictObject({
    items: z.array(session),
    cursor: z.string().optional(),
  }),
  endSessions: null,
  getJwks: z.strictObject({ keys: z.array(key) }).meta({
    description:
      'A JSON Web Key Set (RFC 7517), which may be kept for five minutes: the keys of the last three days, the newest first. A new key is published ten minutes before it signs. When a token names another key, fetch the keys again. The set is empty until the first token is made.',
  }),
} as const satisfies Record<keyof typeof sessionOperations, z.ZodType | null>;
