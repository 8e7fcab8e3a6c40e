// Compares an answer with the one in an example: equal, but for ids, times and whatever else is new in every run. Ids of
// examples are bound to real ids as they turn up, one to one, so that later requests of a story can name them.

const ids = /\b[turgpsnelacdx][0-9a-hjkmnp-tv-z]{12}(?:[0-9a-hjkmnp-tv-z]{8})?\b/g;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const invitation = /^(u[0-9a-z]{20})\.[0-9a-z]{32}$/;
/** Fields whose value is another in every run, and only of one sort. */
const fleeting: Readonly<Record<string, (value: unknown) => boolean>> = {
  cursor: (value) => typeof value === 'string' && value.length > 0,
  /** Of what a change set would do: it is over ids, too. */
  digest: (value) => typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value),
  /** Of a key that is made anew, and what it signs. */
  token: (value) => typeof value === 'string' && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value),
  kid: (value) => typeof value === 'string' && /^[\w-]{43}$/.test(value),
  x: (value) => typeof value === 'string' && /^[\w-]{43}$/.test(value),
  y: (value) => typeof value === 'string' && /^[\w-]{43}$/.test(value),
  requestId: (value) => typeof value === 'string' && uuid.test(value),
  /** Within an answer: over ids that are new in every run. */
  etag: (value) => typeof value === 'string' && /^"[A-Za-z0-9_-]{22}"$/.test(value),
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

  /** A value of an example with the ids that are real in this run. */
  real<T>(value: T): T {
    const known = (text: string) => this.#real.get(text) ?? text;
    return JSON.parse(JSON.stringify(value), (_, one) =>
      // An invitation is bound as a whole, and has an id within.
      typeof one === 'string' ? (this.#real.has(one) ? known(one) : one.replace(ids, known)) : one,
    );
  }

  /** Where the two differ, in words; nothing when they are alike. With `part`, the real one may have more. */
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
    // The version of the book; that of a catalogue is within it and must be right.
    if (key === 'version' && !at.includes('catalogue') && Number.isInteger(shown) && Number.isInteger(real))
      return undefined;
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
    const [mine, theirs] = [invitation.exec(shown), invitation.exec(real)];
    if (mine && theirs) return this.bind(shown, real) && this.bind(mine[1] as string, theirs[1] as string);
    const [here, there] = [shown.match(ids) ?? [], real.match(ids) ?? []];
    if (shown.replace(ids, '*') !== real.replace(ids, '*') || here.length !== there.length) return false;
    return here.every((id, i) => id[0] === there[i]?.[0] && this.bind(id, there[i] as string));
  }

  /** All items in order; with `part`, each shown item is found among the real ones. */
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
