// What the table's stream says of changes: audit events as they are inserted. Nobody else reads the stream, so its form
// is known here only.

/** One record of the stream, as far as it is looked at. */
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
 * What the service lets through to the function that tells others: events of changes, as they are inserted. Refusals,
 * the parts of long differences, and every other item stay out.
 */
export const changeFilter = {
  eventName: ['INSERT'],
  dynamodb: {
    Keys: { PK: { S: [{ prefix: 'T#' }] }, SK: { S: [{ prefix: 'e' }] } },
    NewImage: { outcome: { S: ['done'] }, action: { S: [{ exists: true }] } },
  },
} as const;

/** A change of access, told to whoever listens: what and when and by whom, in ids. What it was before stays in the log. */
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

/** Nothing where the record is no event of a change. */
export const changeOf = ({ eventName, dynamodb }: StreamRecord): AccessChanged | undefined => {
  const image = dynamodb?.NewImage;
  if (eventName !== 'INSERT' || image?.outcome?.S !== 'done') return undefined;
  const tenant = /^T#([^#]+)#E#\d+$/.exec(image.PK?.S ?? '')?.[1];
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
