// How much processor a process uses, and where that of a server goes, by a profile of the process: each sample counts for the code that ran, wherever
// that lies, and what the runtime ran for it counts for the code that called.
import { readFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';

/** Milliseconds of processor that a process has used; 0 where the machine does not tell. */
export const processorOf = (pid: number | undefined): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return 0;
  }
};

export const partNames = ['token', 'HTTP', 'SDK', 'chain and schemas', 'Holdfast', 'garbage', 'rest'] as const;
type Part = (typeof partNames)[number];
/** The share of the busy time, by part. */
export type Parts = Readonly<Record<Part, number>>;

/** The first that fits names the part. */
const places: readonly (readonly [RegExp, Part])[] = [
  [/node_modules\/jose\/|infra\/local\/issuer|node:internal\/crypto/, 'token'],
  [/node_modules\/@?(aws-sdk|smithy|aws)\//, 'SDK'],
  [/node_modules\/(@middy|zod)\//, 'chain and schemas'],
  [/infra\/local\/(adapter|event|fair)/, 'HTTP'],
  [/\/(shared|functions|infra)\//, 'Holdfast'],
];
const whose = (url: string): Part | undefined => places.find(([pattern]) => pattern.test(url))?.[1];

/** Shares of a processor's busy time, from a profile. Built functions are told apart only as far as their files are. */
export const partsOf = ({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Parts => {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parentOf = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)));
  const partOf = (id: number): Part | 'idle' => {
    const name = byId.get(id)?.callFrame.functionName;
    if (name === '(idle)') return 'idle';
    if (name === '(garbage collector)') return 'garbage';
    let isHttp = false;
    for (let at: number | undefined = id; at !== undefined; at = parentOf.get(at)) {
      const url = byId.get(at)?.callFrame.url ?? '';
      const part = whose(url);
      if (part) return part;
      isHttp ||= /node:(_http|net|internal\/stream|http)/.test(url);
    }
    return isHttp ? 'HTTP' : 'rest';
  };
  const known = new Map<number, Part | 'idle'>();
  const spent = Object.fromEntries(partNames.map((name) => [name, 0])) as Record<Part, number>;
  let busy = 0;
  for (const [i, id] of samples.entries()) {
    const part = known.get(id) ?? partOf(id);
    known.set(id, part);
    if (part === 'idle') continue;
    const time = timeDeltas[i] ?? 0;
    spent[part] += time;
    busy += time;
  }
  return Object.fromEntries(partNames.map((name) => [name, spent[name] / Math.max(busy, 1)])) as Parts;
};
