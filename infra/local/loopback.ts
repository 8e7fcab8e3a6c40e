// The names of this machine. Everything on it is open to them and to nobody else.

/** True for `localhost:4600`, `127.0.0.1` and `[::1]:4600`: a host as requests name it, with or without a port. */
export const isLoopbackHost = (host: string): boolean => /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host);

/** True for the origin of a page of this machine, such as a portal under development. */
export const isLoopbackOrigin = (origin: string): boolean =>
  /^https?:\/\//.test(origin) && isLoopbackHost(origin.replace(/^https?:\/\//, ''));
