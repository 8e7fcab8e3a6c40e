// What a sign-in was granted, with the one code or refresh token that is good for it at a time. A token that comes a
// second time was copied, so whatever follows from it ends (RFC 9700, 4.14.2; RFC 6749, 4.1.2).
import { randomBytes } from 'node:crypto';
import type { SignInRequest } from './request.ts';

interface Person {
  readonly kind: 'person';
  readonly tenant: string;
  readonly subject: string;
}
interface Operator {
  readonly kind: 'operator';
  readonly subject: string;
}

/** Somebody who has signed in to this provider in one browser. */
export interface LocalSignIn {
  readonly id: string;
  readonly who: Person | Operator;
  /** Seconds since 1970. */
  readonly at: number;
}

export interface CodeGrant extends Pick<SignInRequest, 'redirectUri' | 'challenge' | 'nonce'> {
  readonly signIn: LocalSignIn;
  readonly scope: readonly string[];
}

interface Taken {
  readonly grant: CodeGrant;
  /** The refresh token that follows. Whoever does not ask for it has ended the grant. */
  next(): string;
}

type Kind = 'code' | 'refresh';

interface Family {
  readonly grant: CodeGrant;
  /** Milliseconds since 1970, after which nothing of it is good. */
  readonly ends: number;
  live?: { readonly token: string; readonly kind: Kind; readonly until: number } | undefined;
}

export const secret = (): string => randomBytes(32).toString('base64url');

const codeMs = 60_000;
export const signInMs = 12 * 3_600_000;

export class CodeGrants {
  /** Every token that was given out, the used ones as well, so that a second use is noticed. */
  readonly #families = new Map<string, Family>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A code for a new grant. */
  code(grant: CodeGrant): string {
    const now = this.#now();
    for (const [token, { ends }] of this.#families) if (ends <= now) this.#families.delete(token);
    return this.#give({ grant, ends: now + signInMs }, 'code', now + codeMs);
  }

  /** Takes a token, which is then used up. Undefined when it is unknown, expired, of another kind, or used before. */
  take(kind: Kind, token: string): Taken | undefined {
    const family = this.#families.get(token);
    const live = family?.live;
    if (!family || !live) return undefined;
    family.live = undefined;
    const isGood = live.token === token && live.kind === kind && live.until > this.#now();
    return isGood ? { grant: family.grant, next: () => this.#give(family, 'refresh', family.ends) } : undefined;
  }

  /** Ends whatever a sign-in was granted. */
  end(signIn: string): void {
    for (const [token, { grant }] of this.#families) if (grant.signIn.id === signIn) this.#families.delete(token);
  }

  #give(family: Family, kind: Kind, until: number): string {
    const token = secret();
    family.live = { token, kind, until };
    this.#families.set(token, family);
    return token;
  }
}
