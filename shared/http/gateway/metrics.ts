// What is counted of every request: fields that make a log line a metric as well (CloudWatch's embedded metric format).
// A metric has no tenant, no user and no text that a caller chose: who it was stands in the log line, by id.

export const namespace = 'Holdfast';

/** How large a tenant is, by the records of its book. Told apart in metrics, where a tenant's id has no place. */
type TenantClass = 'small' | 'medium' | 'large' | 'none';

/** `undefined` where no book was read: the tenant does not exist, or the request was refused before. */
export const tenantClass = (records: number | undefined): TenantClass => {
  if (records === undefined) return 'none';
  if (records < 100) return 'small';
  return records < 1_000 ? 'medium' : 'large';
};

interface Metric {
  readonly Name: string;
  readonly Unit: 'Milliseconds' | 'Count';
}

/** Metrics, and by what each of them is told apart; every combination of values is a metric that is paid for. */
interface Group {
  readonly Metrics: readonly Metric[];
  readonly Dimensions: readonly (readonly string[])[];
}

const embedded = (groups: readonly Group[], now: number) => ({
  _aws: { Timestamp: now, CloudWatchMetrics: groups.map((group) => ({ Namespace: namespace, ...group })) },
});

const alone = (Name: string): Group => ({ Metrics: [{ Name, Unit: 'Count' }], Dimensions: [[]] });

const ofRequests: readonly Group[] = [
  { Metrics: [{ Name: 'Duration', Unit: 'Milliseconds' }], Dimensions: [['operation'], ['operation', 'tenantClass']] },
  { Metrics: [{ Name: 'Faults', Unit: 'Count' }], Dimensions: [['operation']] },
];

interface Measured {
  readonly operation: string;
  readonly tenantClass: TenantClass;
  readonly status: number;
  readonly code: string | undefined;
  readonly ms: number;
}

/** Metrics that alarms watch, beside those of every request. */
export const alarming = { lockOutRefused: 'LockOutRefused', pinMismatch: 'PinMismatch' } as const;

/** Duration per operation and class of tenant, faults per operation, and refused lock-outs where the request was one. */
export const requestMetrics = ({ operation, tenantClass, status, code, ms }: Measured, now: number): object => {
  const refused = code === 'last-access-manager';
  return {
    ...embedded([...ofRequests, ...(refused ? [alone(alarming.lockOutRefused)] : [])], now),
    operation,
    tenantClass,
    Duration: ms,
    Faults: status >= 500 ? 1 : 0,
    ...(refused && { [alarming.lockOutRefused]: 1 }),
  };
};

/** For the line that tells of a pin that does not match. */
export const pinMismatchMetric = (now: number): object => ({
  ...embedded([alone(alarming.pinMismatch)], now),
  [alarming.pinMismatch]: 1,
});

/** As X-Ray writes the id of a trace, and as W3C's Trace Context does. Whatever else callers send is not kept. */
const xray = /(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/;
const w3c = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

/** The trace that a request belongs to: what the service tells the process, else what came with the request. */
export const traceId = (headers: Readonly<Record<string, string | undefined>> = {}): string | undefined =>
  xray.exec(process.env._X_AMZN_TRACE_ID ?? headers['x-amzn-trace-id'] ?? '')?.[1] ??
  w3c.exec(headers.traceparent ?? '')?.[1];
