// The changes in the table's stream: audit events as they are inserted. No other file reads the stream, so only this one
// knows its format.

/** The fields of a stream record that are read here. */
export interface StreamRecord {
  readonly eventName?: string;
  readonly dynamodb?: {
    readonly SequenceNumber?: string;
    readonly NewImage?: Readonly<Record<string, Attribute | undefined>>;
  };
}
interface Attribute {
  readonly S?: string;
  readonly M?: Readonly<Record<string, Attribute | undefined>>;
}

/**
 * The filter of the function that publishes changes: it passes inserted events of changes, and neither refusals, nor
 * parts of long differences, nor other items, nor the operators' own audit.
 */
export const changeFilter = {
  eventName: ['INSERT'],
  dynamodb: {
    Keys: { PK: { S: [{ prefix: 'T#t' }] }, SK: { S: [{ prefix: 'e' }] } },
    NewImage: { outcome: { S: ['done'] }, action: { S: [{ exists: true }] } },
  },
} as const;

/** A change of access as published to subscribers, in ids only. The values before and after stay in the audit log. */
interface AccessChanged {
  readonly tenant: string;
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly target: string;
  readonly actor: { readonly kind: string; readonly id?: string };
  readonly authority?: string;
  readonly requestId: string;
}

/** The change of a record; `undefined` when the record is no event of a change. */
export const changeOf = ({ eventName, dynamodb }: StreamRecord): AccessChanged | undefined => {
  const image = dynamodb?.NewImage;
  if (eventName !== 'INSERT' || image?.outcome?.S !== 'done') return undefined;
  const tenant = /^T#(t[^#]+)#E#\d+$/.exec(image.PK?.S ?? '')?.[1];
  const [id, at, action, target, requestId] = ['id', 'at', 'action', 'target', 'requestId'].map((n) => image[n]?.S);
  const kind = image.actor?.M?.kind?.S;
  if (!tenant || !id || !at || !action || !target || !requestId || !kind) return undefined;
  const actor = image.actor?.M?.id?.S;
  const authority = image.authority?.S;
  return {
    tenant,
    id,
    at,
    action,
    target,
    actor: { kind, ...(actor !== undefined && { id: actor }) },
    ...(authority !== undefined && { authority }),
    requestId,
  };
};
