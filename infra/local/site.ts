// Pages and files that the local server serves beside the API: below one folder of the address, with the headers that
// every page has.
import type { IncomingHttpHeaders } from 'node:http';
import { securityHeaders } from '../../shared/http/security-headers.ts';
import type { GatewayReply } from './event.ts';

export interface SiteRequest {
  readonly method: string;
  /** Behind the name of the site, as it arrived: `/assets/main.js` of `/console/assets/main.js`. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** The address of this server as the caller names it, because a page may call its own origin only. */
  readonly origin: string;
  body(): Promise<Buffer>;
}

export type Site = (request: SiteRequest) => Promise<GatewayReply>;

/** An answer of a site. Nothing of it is kept by the browser unless its headers say so. */
export const siteReply = (
  status: number,
  type: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string | string[]>> = {},
): GatewayReply => ({
  status,
  headers: { 'cache-control': 'no-store', ...securityHeaders(), 'content-type': type, ...headers },
  body: Buffer.from(body),
});

export const notServed = (): GatewayReply => siteReply(404, 'text/plain; charset=utf-8', 'There is no such page.\n');

export const jsonReply = (status: number, body: object, headers?: Record<string, string>): GatewayReply =>
  siteReply(status, 'application/json', JSON.stringify(body), headers);

/** Leads to another address, which is asked for by GET. */
export const seeOther = (location: string, headers: Readonly<Record<string, string | string[]>> = {}): GatewayReply =>
  siteReply(303, 'text/plain; charset=utf-8', '', { location, ...headers });
