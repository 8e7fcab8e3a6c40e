// The metrics of every request, as fields of its log line (CloudWatch's embedded metric format). A metric has no
// tenant, no user and no text that a caller chose; the log line names tenant and request by id.

export const namespace = 'Holdfast';

/** A tenant's size by the records of its book. Metrics use it instead of the tenant's id. */
type TenantClass = 'small' | 'medium' | 'large' | 'none';

/** The size for a number of records, which is undefined when no book was read. */
export const tenantClass = (records: number | undefined): TenantClass => {
  if (records === undefined) return 'none';
  if (records < 100) return 'small';
  return records < 1_000 ? 'medium' : 'large';
};

interface Metric {
  readonly Name: string;
  readonly Unit: 'Milliseconds' | 'Count';
}

/** Metrics with their dimensions. Every combination of values is a metric of its own, and is paid for. */
interface Group {
  readonly Metrics: readonly Metric[];
  readonly Dimensions: readonly (readonly string[])[];
}

const embedded = (groups: readonly Group[], now: number) => ({
  _aws: { Timestamp: now, CloudWatchMetrics: groups.map((group) => ({ Namespace: namespace, ...group })) },
});

const alone = (Name: string): Group => ({ Metrics: [{ Name, Unit: 'Count' }], Dimensions: [[]] });

const ofRequests: Group = {
  Metrics: [{ Name: 'Duration', Unit: 'Milliseconds' }],
  Dimensions: [['operation'], ['operation', 'tenantClass']],
};
const ofFaults: Group = { Metrics: [{ Name: 'Faults', Unit: 'Count' }], Dimensions: [['operation']] };

interface Measured {
  readonly operation: string;
  readonly tenantClass: TenantClass;
  readonly status: number;
  readonly ms: number;
  /** What happened besides, of that which alarms watch. */
  readonly happened?: readonly Counted[];
}

/** What alarms watch, with the name of its metric, which is written only when there is something to count. */
export const alarming = {
  lockOutRefused: 'LockOutRefused',
  pinMismatch: 'PinMismatch',
  contendedAccess: 'ContendedAccess',
  workFailed: 'WorkFailed',
  eventsRefused: 'EventsRefused',
  /** The first request of a process, of an operation that products wait for. */
  coldCheck: 'ColdCheck',
  memoryFull: 'MemoryFull',
  /** A request of a tenant whose book has nearly all the bytes that it may have. */
  bookFull: 'BookFull',
  /** A run of a directory that waits for a keeper, because its plan trips a guard. */
  runHeld: 'RunHeld',
  /** A pass over a tenant's events that has failed, and is tried again. */
  exportFailed: 'ExportFailed',
  /** The bucket that a tenant has named does not take its files. */
  destinationFailed: 'DestinationFailed',
  /** A file stands in the store where another belongs. */
  exportDiffers: 'ExportDiffers',
  /** The table differs from what was sealed. */
  sealBroken: 'SealBroken',
  /** Events that had turned up behind the seal, which says that a writer was slower than the margin. */
  lateEvents: 'LateEvents',
} as const;
type Counted = keyof typeof alarming;

const ones = (happened: readonly Counted[]) => Object.fromEntries(happened.map((one) => [alarming[one], 1]));

/**
 * Duration per operation and tenant size; a count per operation when the request was a fault of ours, and one of what
 * else happened. Counts of nothing are left out, because each byte of a line and each metric costs.
 */
export const requestMetrics = (
  { operation, tenantClass, status, ms, happened = [] }: Measured,
  now: number,
): object => {
  const fault = status >= 500;
  return {
    ...embedded([ofRequests, fault ? ofFaults : [], happened.map((one) => alone(alarming[one]))].flat(), now),
    operation,
    tenantClass,
    Duration: ms,
    ...(fault && { Faults: 1 }),
    ...ones(happened),
  };
};

/** A metric in a log line about something that is counted whenever it happens. */
export const countOf = (what: Counted, now: number): object => ({
  ...embedded([alone(alarming[what])], now),
  ...ones([what]),
});

/** The forms of a trace id by X-Ray and by W3C's Trace Context; any other text of a caller is dropped. */
const xray = /(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/;
const w3c = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

/** The id of a request's trace, from the Lambda environment, else from the request's headers. */
export const traceId = (headers: Readonly<Record<string, string | undefined>> = {}): string | undefined =>
  xray.exec(process.env._X_AMZN_TRACE_ID ?? headers['x-amzn-trace-id'] ?? '')?.[1] ??
  w3c.exec(headers.traceparent ?? '')?.[1];
