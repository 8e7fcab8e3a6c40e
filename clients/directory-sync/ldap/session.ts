// The paging layer: one connection, bound once, on which searches are read page by page to their end or not at all.
//
// ldapts' own searches are not used, because they take a page without entries for the last one, give back what came
// before a limit as if it were everything, and connect again without binding. Its protocol is used: sockets, messages,
// BER. docs/decisions/0048-a-listing-is-proven-complete.md says more.
import type { EventEmitter } from 'node:events';
import {
  Client,
  type Filter,
  PagedResultsControl,
  type SearchEntry,
  SearchRequest,
  SearchResponse,
  StatusCodeParser,
} from 'ldapts';
import type { Attribute } from '../../../shared/ldif/parse.ts';
import { connected } from './connect.ts';
import { DirectoryFault, faultOf } from './fault.ts';
import type { DirectoryConfig } from './types.ts';

/** An entry as the server gave it: names in lower case, values as bytes. */
export interface RawEntry {
  readonly dn: string;
  readonly attributes: readonly Attribute[];
}

interface Page {
  readonly entries: readonly RawEntry[];
  /** Each reference is a list of URLs that lead to the same place. */
  readonly references: readonly (readonly string[])[];
}

interface Search {
  readonly filter: Filter;
  readonly attributes: readonly string[];
}

/** What ldapts keeps to itself. The package is pinned exactly because of this. */
interface Inside {
  readonly messageParser: EventEmitter;
  _send(request: SearchRequest): Promise<unknown>;
  _nextMessageId(): number;
}

/** More pages without an entry in a row are a server that goes round in a circle. */
const mostEmptyPages = 1_000;

const rawEntry = ({ name, attributes }: SearchEntry): RawEntry => ({
  dn: name,
  attributes: attributes.map(({ type, parsedBuffers }) => {
    const [attribute = '', ...options] = type.toLowerCase().split(';');
    return { name: attribute, options, values: parsedBuffers };
  }),
});

export class Session {
  readonly #client: Client;
  readonly #inside: Inside;
  readonly #pageSize: number;
  /** Set by the first error: from then on the connection is not used again. */
  #fault: DirectoryFault | undefined;

  private constructor(client: Client, pageSize: number) {
    this.#client = client;
    this.#pageSize = pageSize;
    this.#inside = client as unknown as Inside;
    // ldapts drops what came behind a message that it cannot read, and goes on as if nothing had been there.
    this.#inside.messageParser.on('error', (error) => {
      this.#fault ??= new DirectoryFault('unreachable', 'the server sent what is not LDAP', { detail: String(error) });
      void this.close();
    });
  }

  /** Connects and binds. @throws DirectoryFault */
  static async open({ secret, ...config }: DirectoryConfig): Promise<Session> {
    const socket = await connected(config);
    const { timeout = 30_000, pageSize = 500 } = config;
    const client = new Client({
      // The socket is there already, so neither the scheme nor the host is used, and it is the only one: a connection
      // that has ended is not made again.
      url: 'ldap://localhost',
      timeout,
      connectTimeout: timeout,
      createConnection: () => socket,
    });
    const session = new Session(client, pageSize);
    try {
      await client.bind(config.bindDn, secret);
    } catch (error) {
      await session.close();
      throw faultOf(error, 'binding');
    }
    return session;
  }

  async #search(
    base: string,
    { filter, attributes }: Search,
    scope: 'sub' | 'base',
    paging: PagedResultsControl | undefined,
    during: string,
  ): Promise<SearchResponse> {
    if (this.#fault) throw this.#fault;
    try {
      // Anonymous searches often succeed, with less in them.
      if (!this.#client.isBound) throw new Error('the connection is no longer bound');
      const answer = await this.#inside._send(
        new SearchRequest({
          messageId: this.#inside._nextMessageId(),
          baseDN: base,
          scope,
          filter,
          attributes: [...attributes],
          // By default ldapts asks the server to give up after ten seconds.
          timeLimit: 0,
          ...(paging && { controls: [paging] }),
        }),
      );
      if (this.#fault) throw this.#fault;
      if (!(answer instanceof SearchResponse)) throw new Error('the answer is not one to a search');
      if (answer.status !== 0) throw StatusCodeParser.parse(answer);
      return answer;
    } catch (error) {
      const fault = this.#fault ?? faultOf(error, during);
      // That one entry is gone is an answer. That a base is gone ends the pass.
      if (scope === 'sub' || fault.code !== 'base-missing') this.#fault ??= fault;
      throw fault;
    }
  }

  /**
   * Everything at and below the base that matches, page by page. It throws unless the server has said that the last page
   * was the last. @param during for errors, as in "while …" @throws DirectoryFault
   */
  async *pages(base: string, search: Search, during: string, pageSize = this.#pageSize): AsyncGenerator<Page> {
    const paging = new PagedResultsControl({ critical: true, value: { size: pageSize } });
    let empty = 0;
    while (true) {
      const answer = await this.#search(base, search, 'sub', paging, during);
      const control = answer.controls?.find((one) => one instanceof PagedResultsControl);
      // Without the control nobody knows whether this is all (RFC 2696, section 3).
      if (control?.value === undefined)
        throw this.#incomplete('the server did not say whether there are more pages', during);
      yield {
        entries: answer.searchEntries.map(rawEntry),
        references: answer.searchReferences.map(({ uris }) => uris),
      };
      const { cookie } = control.value;
      if (cookie === undefined || cookie.length === 0) return;
      empty = answer.searchEntries.length > 0 ? 0 : empty + 1;
      if (empty > mostEmptyPages) throw this.#incomplete('the server sends empty pages without end', during);
      paging.value = { size: pageSize, cookie };
    }
  }

  /** The entry of that name, if it is there and matches. @throws DirectoryFault */
  async entry(dn: string, search: Search, during: string): Promise<RawEntry | undefined> {
    try {
      const { searchEntries, searchReferences } = await this.#search(dn, search, 'base', undefined, during);
      if (searchReferences.length > 0)
        throw this.#incomplete('the server refers to another one for a single entry', during);
      return searchEntries.map(rawEntry)[0];
    } catch (error) {
      if (error instanceof DirectoryFault && error.code === 'base-missing') return undefined;
      throw error;
    }
  }

  #incomplete(why: string, during: string): DirectoryFault {
    this.#fault ??= new DirectoryFault('incomplete', `${why}, while ${during}`);
    return this.#fault;
  }

  /** Ends the connection. Never throws. */
  async close(): Promise<void> {
    this.#fault ??= new DirectoryFault('unreachable', 'the connection was closed');
    try {
      await this.#client.unbind();
    } catch {
      // The connection was lost already.
    }
  }
}
