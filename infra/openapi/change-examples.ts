// The examples of change sets and drafts: a role for the night shift, created at once and renamed by a draft.
import type { AnswerOf } from '../../shared/routes/types.ts';
import { type Example, noon } from './example.ts';

type Id =
  | 'submitChangeSet'
  | 'createDraft'
  | 'listDrafts'
  | 'getDraft'
  | 'putDraft'
  | 'rebaseDraft'
  | 'previewDraft'
  | 'submitDraft'
  | 'deleteDraft';

export const changeExamplesOf = (
  ada: string,
  otto: string,
  night: AnswerOf<'getRole'>,
): { readonly [One in Id]: Example<One> } => {
  const draft = 'dm0nd4y7k2m5x';
  const draftParams = { draftId: draft };
  const monday = [{ operation: 'updateRole', params: { roleId: night.id }, body: { name: 'Nights' } }] as const;
  const tuesday = [
    { operation: 'updateRole', params: { roleId: night.id }, body: { description: 'From ten to six' } },
  ] as const;
  const nights = { ...night, name: 'Nights', description: '', users: 1 };
  const drafted = [
    { operation: 'updateRole', status: 200, body: nights, etag: '"Yb3c5v0sJw2mVX6tT3q9Kg"' },
    {
      operation: 'updateRole',
      status: 200,
      body: { ...nights, description: 'From ten to six' },
      etag: '"0cJ0hUe2mQmS6oJ0c3TtTg"',
    },
  ];
  const draftOf = (operations: AnswerOf<'getDraft'>['operations']): AnswerOf<'getDraft'> => ({
    id: draft,
    name: 'For Monday',
    author: ada,
    createdAt: noon,
    updatedAt: noon,
    updatedBy: ada,
    expiresAt: '2026-05-31T12:00:00.000Z',
    operations,
  });
  /** The digest of the draft's preview, so that exactly the previewed change is submitted. */
  const digest = 'kPq0oT2Sx4mX8n3c1uF6hY5bJ7dL9vWzAeRgKiMqO_s';
  return {
    submitChangeSet: {
      as: 'ada',
      body: {
        operations: [
          { operation: 'createRole', body: { name: 'Night shift' }, as: 'night' },
          { operation: 'addRoleGrant', params: { roleId: '$night' }, body: { permission: 'viewQuarantine' } },
          { operation: 'addRoleMembers', params: { roleId: '$night' }, body: { members: [otto] } },
        ],
      },
      answer: {
        results: [
          {
            operation: 'createRole',
            as: 'night',
            status: 201,
            body: { ...night, description: '' },
            etag: '"Yb3c5v0sJw2mVX6tT3q9Kg"',
          },
          {
            operation: 'addRoleGrant',
            status: 200,
            body: { grants: [{ permission: 'viewQuarantine' }] },
            etag: '"0cJ0hUe2mQmS6oJ0c3TtTg"',
          },
          {
            operation: 'addRoleMembers',
            status: 200,
            body: { users: 1, groups: 0 },
            etag: '"F3n4bK1x7mY2sQ9rT5vW8A"',
          },
        ],
      },
    },
    createDraft: {
      as: 'ada',
      body: { name: 'For Monday', operations: [...monday] },
      answer: draftOf([...monday]),
    },
    listDrafts: {
      as: 'ada',
      query: { limit: 20 },
      answer: { items: [{ ...draftOf([]), operations: 1 }] },
    },
    getDraft: { as: 'ada', params: draftParams, answer: draftOf([...monday]) },
    putDraft: {
      as: 'ada',
      params: draftParams,
      body: { name: 'For Monday', operations: [...monday, ...tuesday] },
      answer: draftOf([...monday, ...tuesday]),
    },
    rebaseDraft: {
      as: 'ada',
      params: draftParams,
      body: { refresh: false },
      answer: { conflicts: [], draft: draftOf([...monday, ...tuesday]) },
    },
    previewDraft: {
      as: 'ada',
      params: draftParams,
      answer: {
        dryRun: true,
        outcome: 'done',
        status: 200,
        answer: { results: drafted },
        effect: {
          users: [],
          more: false,
          things: [{ kind: 'role', id: night.id, name: 'Nights', change: 'changed', fields: ['description', 'name'] }],
        },
        digest,
      },
    },
    submitDraft: { as: 'ada', params: draftParams, body: { digest }, answer: { results: drafted } },
    deleteDraft: { as: 'ada', again: 'createDraft', params: { draftId: 'd0th3r7k2m5x9' } },
  };
};
