// What a browser is told about every page and file that Holdfast serves to it: the API's own page, the console, and the
// sign-in on one machine. The local server and the stack of CloudFront take the headers from here.

interface Allowed {
  /** Origins besides the page's own that its scripts may call, such as an identity provider. */
  readonly connect?: readonly string[];
  /** Origins besides the page's own that a form may lead to, also by a redirect. */
  readonly form?: readonly string[];
}

/**
 * Lets in nothing from other hosts, and no script or style that stands in the page itself (XSS). Pictures may be `data:`,
 * because style sheets of libraries embed small ones. A page stands in no frame (clickjacking).
 */
export const contentSecurityPolicy = ({ connect = [], form = [] }: Allowed = {}): string =>
  [
    "default-src 'self'",
    "img-src 'self' data:",
    ...(connect.length > 0 ? [["connect-src 'self'", ...connect].join(' ')] : []),
    "object-src 'none'",
    "base-uri 'none'",
    ["form-action 'self'", ...form].join(' '),
    "frame-ancestors 'none'",
  ].join('; ');

/** The headers of every page and file. A site that is served by TLS adds Strict-Transport-Security. */
export const securityHeaders = (allowed?: Allowed) => ({
  'content-security-policy': contentSecurityPolicy(allowed),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
});
