// JSON with comments, as people write settings.

/** A text or a comment of JSON. Only what stands outside of texts can be a comment. */
const parts = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** The same text with spaces in place of comments, so that positions in errors are right. */
export const withoutComments = (text: string): string =>
  text.replace(parts, (part) => (part.startsWith('"') ? part : part.replace(/[^\n]/g, ' ')));
