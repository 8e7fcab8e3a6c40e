// List prices of us-east-1 without free tiers, in US dollars. Replace them with those of your region and contract.
export const prices = {
  apiRequest: 1 / 1e6,
  lambdaRequest: 0.2 / 1e6,
  lambdaGigabyteSecond: 0.0000133334,
  readUnit: 0.125 / 1e6,
  writeUnit: 0.625 / 1e6,
  storedGigabyteMonth: 0.25,
  recoveryGigabyteMonth: 0.2,
  loggedGigabyte: 0.5,
  /** Into a log group of the class for infrequent access. */
  rarelyReadGigabyte: 0.25,
  keptLogGigabyteMonth: 0.03,
  busEvent: 1 / 1e6,
  kmsRequest: 0.03 / 1e4,
  /** A token for a machine client by Cognito's client credentials, in the first tier. */
  cognitoToken: 2.25 / 1e3,
  metricMonth: 0.3,
  alarmedMetricMonth: 0.1,
  dashboardMonth: 3,
  keyMonth: 1,
  /** A request to a FIFO queue. */
  queueRequest: 0.5 / 1e6,
  objectPut: 0.005 / 1e3,
  objectGigabyteMonth: 0.023,
  /** A signature on P-256 by KMS. */
  keySignature: 0.15 / 1e4,
  /** An hour of `m7g.xlarge`, as AWS's calculator for managed instances has it (March 2026). */
  instanceHour: 0.1632,
  /** The part of an instance's price that Lambda takes for managing it (AWS's prices of Lambda, September 2026). */
  managedFee: 0.15,
  /** What savings plans of a year leave of the price of an instance, and of a gigabyte second (the same calculator). */
  plannedInstance: 0.68,
  plannedLambda: 0.88,
  /** An hour of an interface endpoint in one zone, and a gigabyte through it. */
  endpointHour: 0.01,
  endpointGigabyte: 0.01,
} as const;
