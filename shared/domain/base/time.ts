// Times as they are stored and as they are told.

/** A time of the table, in seconds since 1970, as ISO 8601 text. */
export const isoOfSeconds = (seconds: number): string => new Date(seconds * 1000).toISOString();
