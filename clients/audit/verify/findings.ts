// What a verification finds, and what it comes to.

/** Kinds of findings, with what each says of the files. docs/audit.md has the same table for auditors. */
export const findingCodes = {
  'unknown-file': 'No export writes a file of this name.',
  'key-file': 'The file of a key is not what its name says.',
  'key-missing': 'A key that is trusted is needed and not known: only its thumbprint is.',
  'file-missing': 'A signed manifest names a file that is not there.',
  'file-unexpected': 'The signed manifest of a day does not name a file of that day.',
  'file-hash': 'The bytes of a file are not those that the signed manifest names.',
  'file-packed': 'A file cannot be unpacked as gzip, or has more than that.',
  line: 'A line is no sealed event in canonical form.',
  tenant: 'Something belongs to another tenant.',
  sequence: 'The sequence has a gap, or goes back.',
  'lines-hash': 'The lines of a file are not those that were sealed.',
  segment: 'What a manifest says of a segment contradicts itself, or does not follow the segment before.',
  root: 'The lines do not lead to a root that was signed.',
  checkpoint: 'A checkpoint says something else than its name, or than what is signed elsewhere.',
  signature: 'A signature does not belong to what it lies beside.',
  key: 'Something is signed by a key that is not trusted.',
  unsigned: 'No signature that holds reaches any of the events.',
  'signature-missing': 'The signature of a manifest is not there, or the manifest of a signature.',
  'manifest-missing': 'Days have no manifest, although a later day has one.',
  'manifest-chain': 'A manifest does not follow the manifest of the day before.',
  manifest: 'A manifest contradicts itself, its name, or its place.',
  truncated: 'A checkpoint speaks of events that are not there.',
  replayed: 'The files are older than a checkpoint that was kept.',
  fork: 'History was written anew: two different roots are signed for one size.',
} as const;
export type FindingCode = keyof typeof findingCodes;

/** Something that is wrong, and where. */
export interface Finding {
  readonly code: FindingCode;
  /** One sentence or two, with expected and found where they are short. */
  readonly message: string;
  /** The whole name, from `tenant=` on. */
  readonly file?: string | undefined;
  /** From 1, within the unpacked file. */
  readonly line?: number | undefined;
  readonly sequence?: number | undefined;
  readonly expected?: string | number | undefined;
  readonly found?: string | number | undefined;
}

/** Tells a finding. */
export type Tell = (code: FindingCode, message: string, at?: Omit<Finding, 'code' | 'message'>) => void;

/** What verifying a tenant's files has come to. */
export interface Outcome {
  readonly tenant: string;
  readonly findings: number;
  readonly files: number;
  /** Events that were read. */
  readonly events: number;
  /** The last sequence that was read; 0 when there is none. */
  readonly last: number;
  /** The last sequence for which a signature vouches. */
  readonly covered: number;
  /** The day of the last event for which a signature vouches. */
  readonly coveredDay?: string | undefined;
  /** The last day with a manifest whose signature holds. */
  readonly manifestDay?: string | undefined;
  /** The newest checkpoint whose signature holds. */
  readonly newest?: { readonly size: number; readonly at: string } | undefined;
  /** Sentences: what could not be checked, and why. */
  readonly unchecked: readonly string[];
}

const longest = 60;

/** Two texts around the first place in which they differ, short enough for a terminal. */
export const difference = (expected: string, found: string): { readonly expected: string; readonly found: string } => {
  let at = 0;
  while (at < expected.length && expected[at] === found[at]) at += 1;
  const from = Math.max(0, at - longest / 2);
  const cut = (text: string): string =>
    `${from > 0 ? '…' : ''}${text.slice(from, from + longest)}${from + longest < text.length ? '…' : ''}`;
  return { expected: cut(expected), found: cut(found) };
};
