// Why a directory could not be read, in a sentence for the person who mends it.
import { ResultCodeError } from 'ldapts';

type FaultCode =
  /** The settings cannot work: `message` names the field. */
  | 'config'
  /** No connection, no answer in time, or a server that is busy. */
  | 'unreachable'
  /** The certificate is not trusted, or TLS failed otherwise. */
  | 'tls'
  /** The server does not take the name and secret, or refuses a request. */
  | 'refused'
  /** The answers cannot be shown to be everything. */
  | 'incomplete'
  /** The directory is behind what it was at the last run. */
  | 'behind'
  /** A base is not there, or the account may not know of it. */
  | 'base-missing'
  /** Nobody matches the users' filter. */
  | 'no-users';

interface FaultDetails {
  /** The result code of LDAP (RFC 4511, appendix A). */
  readonly resultCode?: number | undefined;
  /** What the server or the system said. For a terminal and not for logs, because a server may quote names of people. */
  readonly detail?: string | undefined;
  readonly retry?: boolean | undefined;
}

/** Ends a pass. The message has no names of people and no secrets. */
export class DirectoryFault extends Error {
  override name = 'DirectoryFault';
  readonly code: FaultCode;
  readonly resultCode: number | undefined;
  readonly detail: string | undefined;
  /** True when a new pass may succeed without any change. */
  readonly retry: boolean;
  constructor(code: FaultCode, message: string, details: FaultDetails = {}) {
    super(message);
    this.code = code;
    this.resultCode = details.resultCode;
    this.detail = details.detail;
    this.retry = details.retry ?? code === 'unreachable';
  }
}

/** timeLimitExceeded, busy, unavailable: the only results that pass by themselves. */
const passing: ReadonlySet<number> = new Set([3, 51, 52]);
/** sizeLimitExceeded, adminLimitExceeded. */
const limits: ReadonlySet<number> = new Set([4, 11]);
const noSuchObject = 32;

/** What ldapts puts into its messages after the text of the server. */
const hexCode = /\s*Code: 0x[0-9a-f]+$/;

/** The fault that an error of ldapts or of a socket stands for. @param during what was done, as in "while …" */
export const faultOf = (error: unknown, during: string): DirectoryFault => {
  if (error instanceof DirectoryFault) return error;
  const detail = error instanceof Error ? error.message.replace(hexCode, '').slice(0, 300) : undefined;
  if (!(error instanceof ResultCodeError))
    return new DirectoryFault('unreachable', `the connection was lost while ${during}`, { detail });
  const { code: resultCode } = error;
  if (passing.has(resultCode))
    return new DirectoryFault('unreachable', `the server is busy: result ${resultCode} while ${during}`, {
      resultCode,
      detail,
    });
  if (limits.has(resultCode))
    return new DirectoryFault(
      'incomplete',
      `a limit of the server was reached while ${during}: lift the size limit for the account that reads (result ${resultCode})`,
      { resultCode, detail },
    );
  if (resultCode === noSuchObject)
    return new DirectoryFault(
      'base-missing',
      `nothing is there while ${during}: the name is wrong, or the account may not read it`,
      { resultCode, detail },
    );
  const fix = fixes.get(resultCode);
  return new DirectoryFault('refused', `result ${resultCode} while ${during}${fix ? `: ${fix}` : ''}`, {
    resultCode,
    detail,
  });
};

const fixes: ReadonlyMap<number, string> = new Map([
  [8, 'the server wants TLS: use ldaps:// or startTls'],
  [10, 'the server refers to another one: name the server that holds the base'],
  [12, 'the server does not support pages (RFC 2696)'],
  [13, 'the server wants TLS: use ldaps:// or startTls'],
  [34, 'the name to bind as, or a base, is not a name of this directory'],
  [48, 'the server does not allow this account to bind with a secret'],
  [49, 'the name to bind as or the secret is wrong, or the account is disabled'],
  [50, 'the account lacks the right to read'],
]);
