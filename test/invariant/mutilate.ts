// Breaks what the store sends, between the store and the service: production code has no switches for its own faults.
// A clause is taken out of a condition or an update, and with it the names and values that nothing uses any more.
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import * as on from '../../shared/store/conditions.ts';
import type { DocumentClient } from '../../shared/store/db.ts';

/** One write of a transaction, as it is about to be sent. */
interface Outgoing {
  readonly kind: 'Put' | 'Update' | 'Delete' | 'ConditionCheck';
  readonly pk: string;
  readonly sk: string;
  readonly condition: readonly string[];
  readonly update: string;
  /** The attributes that either names. */
  readonly names: readonly string[];
}
/** What becomes of it: the clauses of the condition that stay, and the update expression. */
export type Mutilation = (write: Outgoing) => { condition?: readonly string[]; update?: string };

type Body = Record<string, unknown> & {
  Key?: { PK: string; SK: string };
  Item?: { PK: string; SK: string };
  ConditionExpression?: string;
  UpdateExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
};

const used = (of: Record<string, unknown> | undefined, text: string) => {
  const kept = Object.entries(of ?? {}).filter(([name]) => new RegExp(`${name}(?![A-Za-z0-9_])`).test(text));
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
};

const mutilatedBody = (kind: Outgoing['kind'], body: Body, mutilate: Mutilation): Body => {
  const { PK: pk, SK: sk } = (body.Key ?? body.Item) as { PK: string; SK: string };
  const { ConditionExpression, UpdateExpression, ExpressionAttributeNames, ExpressionAttributeValues, ...rest } = body;
  const condition = ConditionExpression?.split(' AND ') ?? [];
  const made = mutilate({
    kind,
    pk,
    sk,
    condition,
    update: UpdateExpression ?? '',
    names: Object.values(ExpressionAttributeNames ?? {}),
  });
  const kept = (made.condition ?? condition).join(' AND ');
  const text = kept === '' && kind === 'ConditionCheck' ? 'attribute_exists(PK)' : kept;
  const update = made.update ?? UpdateExpression;
  const names = used(ExpressionAttributeNames, `${text} ${update}`);
  const values = used(ExpressionAttributeValues, `${text} ${update}`);
  return {
    ...rest,
    ...(text !== '' && { ConditionExpression: text }),
    ...(update !== undefined && { UpdateExpression: update }),
    ...(names && { ExpressionAttributeNames: names as Record<string, string> }),
    ...(values && { ExpressionAttributeValues: values }),
  };
};

/** A client through which every transaction goes mutilated. */
export const mutilated =
  (mutilate: Mutilation) =>
  (client: DocumentClient): DocumentClient => ({
    send: (command) => {
      if (!(command instanceof TransactWriteCommand)) return client.send(command);
      const { TransactItems = [], ...input } = command.input;
      const items = TransactItems.map((item) => {
        const [kind, body] = Object.entries(item)[0] as unknown as [Outgoing['kind'], Body];
        return { [kind]: mutilatedBody(kind, body, mutilate) };
      });
      return client.send(new TransactWriteCommand({ ...input, TransactItems: items as never }));
    },
  });

export const isHead = ({ sk }: Outgoing): boolean => sk === 'HEAD';
export const isAccess = ({ sk }: Outgoing): boolean => sk === 'ACCESS';
export const setsPin = ({ update }: Outgoing): boolean => update.includes('pinned = :entry');

/** The condition without some of its clauses, each given as the constant that the store uses. */
export const without = ({ condition }: Outgoing, ...clauses: readonly string[]) => {
  const gone = new Set(clauses.flatMap((clause) => clause.split(' AND ')));
  return { condition: condition.filter((clause) => !gone.has(clause)) };
};

/** Every clause about who is pinned: `NOT pinned IN (…)` names its entries. */
export const withoutPin = ({ condition }: Outgoing) => ({
  condition: condition.filter((clause) => clause !== on.notPinned && !clause.includes('pinned IN')),
});

/** The update without the removal of the pin. */
export const withPinKept = ({ update }: Outgoing) => ({
  update: update
    .replace(/REMOVE ([^A-Z]*)/, (_, list: string) => {
      const rest = list.split(',').filter((name) => name.trim() !== 'pinned');
      return rest.length > 0 ? `REMOVE ${rest.join(',')}` : '';
    })
    .trim(),
});
