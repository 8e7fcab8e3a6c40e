// The examples of the sealed audit: a checkpoint, the proof of an event in it, and the key that signed it. They are a true
// proof, of a tree of three events.
import { type Example, noon } from './example.ts';

type Id = 'listCheckpoints' | 'getEventProof' | 'getConsistencyProof' | 'getAuditKeys';

const root = 'b10c95cbc1f33c288980b651b63bd0f6f5c700f62557cf58c50e58489def8e58';
const jws = [
  'eyJhbGciOiJFUzI1NiIsImtpZCI6Inh4bHdmSWRVbEdMY1dONnMxcDc3NWR5QlpFWm5XSzl4RFRRX2VsMUpFVkkiLCJ0eXAiOiJob2xkZmFzdC1jaGVja3BvaW50In0',
  'eyJhdCI6IjIwMjYtMDMtMDJUMTI6MDU6MDAuMDAwWiIsInJvb3QiOiJiMTBjOTVjYmMxZjMzYzI4ODk4MGI2NTFiNjNiZDBmNmY1YzcwMGY2MjU1N2NmNThjNTBlNTg0ODlkZWY4ZTU4Iiwic2VnbWVudCI6IjgwM2Q3ZGQ4MDMzNmNkYmM5OGEzMjJkOGY4MjkyM2I2OGM2MjcyMmEyNzE5YTcyMTE2MmM3OWMzYjJjYjVmODEiLCJzaXplIjozLCJ0ZW5hbnQiOiJ0OGsybTV4OXE0dzd6IiwidiI6MX0',
  'k6KZuNiw8vJt6woNBEd8UXNIplqSPGmfrJSeQGMv-MubjS0Wp6GDtPS2b1S-IG77Rfa6f8BLtlKxaNpxM8Zebw',
].join('.');
const line =
  '{"action":"role.members.removed","actor":{"id":"u1ada7k2m5x9q4w7z1c3v","kind":"person"},"at":"2026-03-02T12:00:00.000Z","authority":"manageAccessRights","difference":{"before":{"members":["u2ttk7k2m5x9q4w7z1c3v"]}},"id":"e01m7zwwsvc18dca1k8s6","outcome":"done","requestId":"2138af02-bd7a-42aa-b6c5-a634049a7347","sequence":3,"target":"rc4mpa7gn5edt","tenant":"t8k2m5x9q4w7z","traceId":"1-5759e988-bd862e3fe1be46a994272793","v":1}';

export const proofExamplesOf = (event: string): { readonly [One in Id]: Example<One> } => ({
  listCheckpoints: {
    as: 'ada',
    given: 'sealed',
    query: { limit: 1 },
    answer: { items: [{ size: 3, root, at: noon, jws }] },
    abridged: true,
  },
  getEventProof: {
    as: 'ada',
    params: { eventId: event },
    answer: {
      event,
      sequence: 3,
      size: 3,
      leaf: 'cb091f374cc7d5ed0a19b62b0153517d47d232a343354e7f79f82b11b4ba2ecb',
      line,
      path: ['4f55f619d9215235778b2b9f17d6f4915b16171214d152381293669764de722e'],
      root,
      checkpoint: jws,
    },
    abridged: true,
  },
  getConsistencyProof: {
    as: 'ada',
    query: { from: 1, to: 3 },
    answer: {
      from: 1,
      to: 3,
      fromRoot: 'd0d7360ab79f58ab1e1e3fe64ad77e2ea0bc07e36b5f46ed2223edd9298df9e9',
      toRoot: root,
      path: [
        'ab1ab7f07c7c8fe0eff4ba6faa53c7e4412e91a599153e8aa4e01beece5b7825',
        'cb091f374cc7d5ed0a19b62b0153517d47d232a343354e7f79f82b11b4ba2ecb',
      ],
    },
  },
  getAuditKeys: {
    as: 'ada',
    answer: {
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: 'BRPedtasiFUG1QWQq2XGfGTsMXAgfa8MhVxuWWhIga8',
          y: '8jwbI9SP9K8MgEv3GtXPVeN4M3Na-tphXiQzZhr81Sk',
          kid: 'xxlwfIdUlGLcWN6s1p775dyBZEZnWK9xDTQ_el1JEVI',
          alg: 'ES256',
          use: 'sig',
        },
      ],
    },
  },
});
