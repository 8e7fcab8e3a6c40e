// Compares an answer with that of an example: equal except for ids, times and other values that are new in every run.
// Ids of examples are bound to real ids one to one when they first appear, so that later requests of a story can name
// them.

import { noon } from '../../infra/openapi/example.ts';

const ids = /\b[turgpsnelacdx][0-9a-hjkmnp-tv-z]{12}(?:[0-9a-hjkmnp-tv-z]{8})?\b/g;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/** The day of the examples, and that of this run. */
const day = /^\d{4}-\d\d-\d\d$/;
const dayOfExamples = noon.slice(0, 10);
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A hash over ids, times or random values. */
const hash = /^[0-9a-f]{64}$/;
const invitation = /^(u[0-9a-z]{20})\.[0-9a-z]{32}$/;
/** Fields whose value is new in every run, with the form that it must have. */
const fleeting: Readonly<Record<string, (value: unknown) => boolean>> = {
  cursor: (value) => typeof value === 'string' && value.length > 0,
  /** A hash of a change set's effect, which includes ids, of a run's plan, or of a content. */
  digest: (value) => typeof value === 'string' && /^(?:[A-Za-z0-9_-]{43}|[0-9a-f]{64})$/.test(value),
  /** Signed with a key that is new in every run. */
  jws: (value) => typeof value === 'string' && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value),
  checkpoint: (value) => typeof value === 'string' && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value),
  /** A sealed event, with ids that are new in every run. */
  line: (value) => typeof value === 'string' && 'sequence' in JSON.parse(value),
  token: (value) => typeof value === 'string' && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value),
  kid: (value) => typeof value === 'string' && /^[\w-]{43}$/.test(value),
  x: (value) => typeof value === 'string' && /^[\w-]{43}$/.test(value),
  y: (value) => typeof value === 'string' && /^[\w-]{43}$/.test(value),
  requestId: (value) => typeof value === 'string' && uuid.test(value),
  /** A hash over ids that are new in every run. */
  etag: (value) => typeof value === 'string' && /^"[A-Za-z0-9_-]{22}"$/.test(value),
  day: (value) => typeof value === 'string' && day.test(value),
  asOf: (value) => typeof value === 'string' && instant.test(value),
};

export class Likeness {
  readonly #real = new Map<string, string>();
  readonly #shown = new Map<string, string>();

  bind(shown: string, real: string): boolean {
    if (!this.#real.has(shown) && !this.#shown.has(real)) {
      this.#real.set(shown, real);
      this.#shown.set(real, shown);
    }
    return this.#real.get(shown) === real;
  }

  /** A value of an example with the real ids of this run. */
  real<T>(value: T): T {
    const today = new Date().toISOString().slice(0, 10);
    const known = (text: string) => (text === dayOfExamples ? today : (this.#real.get(text) ?? text));
    return JSON.parse(JSON.stringify(value), (_, one) =>
      // An invitation is bound as a whole, although it contains an id.
      typeof one === 'string'
        ? this.#real.has(one) || one === dayOfExamples
          ? known(one)
          : one.replace(ids, known)
        : one,
    );
  }

  /** The first difference in words; undefined if there is none. With `part`, the real value may have more fields. */
  difference(shown: unknown, real: unknown, part: boolean, at = ''): string | undefined {
    const differ = () => `${at || 'the answer'} is ${JSON.stringify(real)}, not ${JSON.stringify(shown)}`;
    if (typeof shown === 'string' && typeof real === 'string')
      return this.#alike(shown, real, at) ? undefined : differ();
    if (Array.isArray(shown) && Array.isArray(real)) return this.#lists(shown, real, part, at);
    if (isObject(shown) && isObject(real)) {
      const keys = new Set([...Object.keys(shown), ...(part ? [] : Object.keys(real))]);
      for (const key of keys) {
        const differs = this.difference(shown[key], real[key], part, `${at}/${key}`);
        if (differs) return differs;
      }
      return undefined;
    }
    const key = at.slice(at.lastIndexOf('/') + 1);
    // The version of the book is new in every run. A catalogue's version is part of the catalogue and must be equal.
    if (key === 'version' && !at.includes('catalogue') && Number.isInteger(shown) && Number.isInteger(real))
      return undefined;
    if (['size', 'sequence'].includes(key) && Number.isInteger(shown) && Number.isInteger(real)) return undefined;
    if (key === 'workMs' && Number.isInteger(real)) return undefined;
    return shown === real ? undefined : differ();
  }

  #alike(shown: string, real: string, at: string): boolean {
    const key = at.slice(at.lastIndexOf('/') + 1);
    const sort = fleeting[key];
    if (sort) {
      // A later request of the story names the digest of this preview.
      if (key === 'digest') this.bind(shown, real);
      return sort(shown) && sort(real);
    }
    if (instant.test(shown)) return instant.test(real);
    if (hash.test(shown)) return hash.test(real);
    const [mine, theirs] = [invitation.exec(shown), invitation.exec(real)];
    if (mine && theirs) return this.bind(shown, real) && this.bind(mine[1] as string, theirs[1] as string);
    const [here, there] = [shown.match(ids) ?? [], real.match(ids) ?? []];
    if (shown.replace(ids, '*') !== real.replace(ids, '*') || here.length !== there.length) return false;
    return here.every((id, i) => id[0] === there[i]?.[0] && this.bind(id, there[i] as string));
  }

  /** Compares all items in order. With `part`, each shown item must be among the real ones. */
  #lists(shown: unknown[], real: unknown[], part: boolean, at: string): string | undefined {
    if (!part && shown.length !== real.length)
      return `${at} has ${real.length} items, not ${shown.length}: ${JSON.stringify(real)}`;
    for (const [i, item] of shown.entries()) {
      const found = part
        ? real.some((one) => this.difference(item, one, part, `${at}/${i}`) === undefined)
        : this.difference(item, real[i], part, `${at}/${i}`) === undefined;
      if (!found) return `${at}/${i} is not ${JSON.stringify(item)}: ${JSON.stringify(part ? real : real[i])}`;
    }
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
