// The examples of sessions: a product logs a user on, and takes the kept rights along to decide offline.
import type { AnswerOf } from '../../shared/routes/types.ts';
import { type Example, noon } from './example.ts';

type Id = 'createSession' | 'listSessions' | 'createSnapshotToken' | 'getJwks' | 'endSession' | 'endSessions';

const midnight = '2026-03-03T00:00:00.000Z';

export const sessionExamplesOf = (user: string): { readonly [One in Id]: Example<One> } => {
  const id = 'x7mday0ffce4screen2hq';
  const sessionParams = { sessionId: id };
  const session: AnswerOf<'createSession'> = {
    id,
    user,
    createdAt: noon,
    expiresAt: midnight,
    follows: 'snapshot',
    version: 34,
  };
  return {
    createSession: { as: 'product', body: { user }, answer: session },
    listSessions: { as: 'ada', params: { userId: user }, query: { limit: 20 }, answer: { items: [session] } },
    createSnapshotToken: {
      as: 'product',
      params: sessionParams,
      answer: {
        token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImhvbGRmYXN0LXNuYXBzaG90K2p3dCJ9.eyJpc3MiOiJob2xkZmFzdCJ9.c2lnbmF0dXJl',
        expiresAt: '2026-03-02T12:05:00.000Z',
      },
    },
    getJwks: {
      as: 'anybody',
      answer: {
        keys: [
          {
            kty: 'EC',
            crv: 'P-256',
            x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
            y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
            kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
            alg: 'ES256',
            use: 'sig',
          },
        ],
      },
    },
    endSession: { as: 'product', params: sessionParams },
    endSessions: { as: 'ada', params: { userId: user } },
  };
};
