// A browser as far as a sign-in needs one: keeps cookies, follows no redirect by itself, and fills in forms.
import { createHash, randomBytes } from 'node:crypto';
import { consoleClient } from '../../infra/local/openid/request.ts';

interface Form {
  readonly action: string;
  readonly fields: URLSearchParams;
}

export class Browser {
  readonly url: string;
  readonly cookies = new Map<string, string>();
  constructor(url: string) {
    this.url = url;
  }

  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(cookie && { cookie }), ...(init.headers as Record<string, string>) };
    const answer = await fetch(new URL(path, this.url), { redirect: 'manual', ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) as unknown as [string, string, string];
      this.cookies.set(name, value);
    }
    return answer;
  }

  post(path: string, fields: URLSearchParams | Record<string, string>, headers: Record<string, string> = {}) {
    return this.ask(path, { method: 'POST', body: new URLSearchParams(fields), headers });
  }
}

const unescaped = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&');

/** The forms of a page with the fields that a browser would send as they stand. */
export const formsOf = (html: string): Form[] =>
  [...html.matchAll(/<form method="post" action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)].map(([, action, content]) => {
    const fields = new URLSearchParams();
    for (const [, tag] of (content as string).matchAll(/<input ([^>]*)>/g)) {
      const [name, value] = ['name', 'value'].map((of) => new RegExp(`\\b${of}="([^"]*)"`).exec(tag as string)?.[1]);
      fields.append(unescaped(name as string), unescaped(value ?? ''));
    }
    const chosen = /<option value="([^"]*)" selected>/.exec(content as string)?.[1];
    if (chosen !== undefined) fields.append('tenant', chosen);
    return { action: `/issuer/${action}`, fields };
  });

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}
export const pkce = (): Pkce => {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
};

/** The parameters of the console's request, with changes; `undefined` leaves one out. */
export const asking = (
  { url, challenge }: { readonly url: string; readonly challenge: string },
  changes: Readonly<Record<string, string | undefined>> = {},
): URLSearchParams => {
  const all: Record<string, string | undefined> = {
    client_id: consoleClient,
    redirect_uri: `${url}/console/signed-in`,
    response_type: 'code',
    scope: 'openid holdfast/admin',
    state: 'the state',
    nonce: 'the nonce',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  };
  return new URLSearchParams(Object.entries(all).filter((one): one is [string, string] => one[1] !== undefined));
};
