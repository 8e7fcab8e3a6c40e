// Comma-separated values (RFC 4180) that a spreadsheet takes as texts.

/**
 * What a spreadsheet would compute: a cell that begins with such a character, also behind white space, which some leave
 * out. Names come from directories and administrators, so a cell is somebody else's text.
 */
const formula = /^[\s\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^\p{Cc}/u;

const cell = (value: string): string => {
  const text = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]|^'/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** One record with its line end. */
export const csvLine = (values: readonly string[]): string => `${values.map(cell).join(',')}\r\n`;
