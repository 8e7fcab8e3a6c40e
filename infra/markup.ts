// Markup from texts that others wrote.

/** A text as it stands in the content of an element or in a quoted attribute. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Markup that may stand in markup as it is. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A template whose values are escaped, except those that are markup themselves (XSS). A value that is false leaves nothing. */
export const markup = (
  parts: TemplateStringsArray,
  ...values: readonly (string | Markup | readonly Markup[] | false)[]
): Markup => {
  const shown = values.map((value) => {
    if (value === false) return '';
    if (typeof value === 'string') return escaped(value);
    return value instanceof Markup ? value.text : value.map(({ text }) => text).join('');
  });
  return new Markup(parts.map((part, at) => part + (shown[at] ?? '')).join(''));
};
