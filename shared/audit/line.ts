// The line of a sealed event: the canonical form that is hashed, exported and verified. docs/audit-event.schema.json
// describes it for readers.
import { canonical, isRounded } from './canonical.ts';

/**
 * The fields of a line, by form. A segment names the form of its lines, so that a release that adds a field to new lines
 * still writes those of older segments as they were sealed. A form that has been released never changes.
 */
const forms: Readonly<Record<number, readonly (keyof SealedEvent)[]>> = {
  1: [
    'v',
    'tenant',
    'sequence',
    'id',
    'at',
    'firstAt',
    'action',
    'target',
    'actor',
    'authority',
    'outcome',
    'code',
    'count',
    'requestId',
    'traceId',
    'run',
    'version',
    'basis',
    'rev',
    'valuesOf',
    'difference',
    'late',
  ],
};

/** The form in which this release seals. */
export const sealingForm = 1;

/** A sealed event, as its line tells it. Times are ISO 8601 in UTC with milliseconds. */
export interface SealedEvent {
  /** The version of docs/audit-event.schema.json. */
  readonly v: 1;
  readonly tenant: string;
  /** From 1, without gaps within the tenant. */
  readonly sequence: number;
  readonly id: string;
  /** When it happened; of counted events, when last. */
  readonly at: string;
  /** Of counted events, when first. */
  readonly firstAt?: string | undefined;
  readonly action: string;
  readonly target: string;
  readonly actor: { readonly kind: string; readonly id?: string | undefined };
  readonly authority?: string | undefined;
  readonly outcome: 'done' | 'refused';
  readonly code?: string | undefined;
  readonly count?: number | undefined;
  readonly requestId: string;
  readonly traceId?: string | undefined;
  /** The directory run that it belongs to. */
  readonly run?: string | undefined;
  /** The version of the tenant's book after the change, when the change moved it. */
  readonly version?: number | undefined;
  /** The version of the book on which a change was planned that did not move it. */
  readonly basis?: number | undefined;
  /** The revision of the target's access item, when the target is a user. */
  readonly rev?: number | undefined;
  /** The user to whom the values belong that the difference replaces by `{ref}`. */
  readonly valuesOf?: string | undefined;
  readonly difference?: { readonly before?: unknown; readonly after?: unknown } | undefined;
  /** True for an event that turned up behind the seal. */
  readonly late?: true | undefined;
}

/** An event as the table has it: see `eventSchema` of the store. `at` is the first time, `last` the last. */
interface EventToSeal extends Omit<SealedEvent, 'v' | 'tenant' | 'sequence' | 'firstAt' | 'difference'> {
  readonly last?: string | undefined;
  readonly difference?: unknown;
}

/**
 * A stored value as the canonical form takes it. It never fails, because one event that cannot be written would stop the
 * sealing of its tenant for ever: half characters become U+FFFD, and integers past 2^53 become texts.
 */
const tamed = (value: unknown): unknown => {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return null;
    return isRounded(value) ? String(value) : value;
  }
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : tamed(item)));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name.toWellFormed(), tamed(member)]));
};

/**
 * The line of an event, without its line feed.
 * @param form the form of the event's segment
 * @throws Error for a form of a later release
 */
export const eventLine = (form: number, tenant: string, sequence: number, event: EventToSeal): string => {
  const fields = forms[form];
  if (!fields) throw new Error(`lines of form ${form} were sealed by a later release: only that writes them`);
  const { at, last, ...rest } = event;
  const all: Partial<Record<keyof SealedEvent, unknown>> = {
    ...rest,
    v: 1,
    tenant,
    sequence,
    at: last ?? at,
    ...(last !== undefined && { firstAt: at }),
  };
  return canonical(tamed(Object.fromEntries(fields.map((field) => [field, all[field]]))));
};

/** The event that a line tells. @throws SyntaxError or TypeError for a line that tells none */
export const sealedEvent = (line: string): SealedEvent => {
  const event = JSON.parse(line) as SealedEvent | null;
  if (event?.v !== 1 || typeof event.tenant !== 'string' || !Number.isSafeInteger(event.sequence))
    throw new TypeError('the line is no sealed event of version 1: tenant and sequence are missing');
  return event;
};
