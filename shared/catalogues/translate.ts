// The texts of a catalogue in the language that a reader asks for, as far as it has them.
import type { Catalogue, Translation } from './schema.ts';

type Translations = Readonly<Record<string, Translation>>;

/** The language of a catalogue's own texts. */
export const ownLanguage = 'en';

/** The parts whose things have texts, and the names of these texts. */
export const translatedParts = {
  permissions: ['title', 'alsoKnownAs', 'description'],
  abilities: ['title', 'description'],
  actionTypes: ['title', 'description'],
  ruleTypes: ['title', 'description'],
  features: ['title', 'description'],
  predefinedRoles: ['name', 'description'],
} as const satisfies { readonly [Part in keyof Catalogue & keyof Translation]?: readonly string[] };
type Part = keyof typeof translatedParts;

/** The value of an own key: ids are a vendor's words, and `constructor` is one. */
export const ownOf = <T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;

/** What a reader sees of a catalogue: some parts may be left out. */
type Seen = Pick<Catalogue, 'title' | 'description'> & Partial<Pick<Catalogue, Part>>;

/** The language that is there for a tag: `fr` for `fr-CA` (lookup, RFC 4647, 3.4), and the catalogue's own for others. */
const found = (languages: readonly string[], tag: string): string => {
  for (let range = tag.toLowerCase(); range !== ''; range = range.slice(0, Math.max(0, range.lastIndexOf('-')))) {
    const language = languages.find((one) => one.toLowerCase() === range);
    if (language !== undefined) return language;
  }
  return ownLanguage;
};

/** What is seen of a catalogue in the language that `tag` finds; a text that is missing there stays English. */
export const inLanguage = <C extends Seen>(catalogue: C, translations: Translations, tag: string) => {
  const languages = [ownLanguage, ...Object.keys(translations)];
  const language = found(languages, tag);
  const translation = ownOf(translations, language) ?? {};
  return { ...translated(catalogue, translation), language, languages };
};

const translated = <C extends Seen>(catalogue: C, translation: Translation): C => {
  const { title = catalogue.title, description = catalogue.description } = translation;
  const parts = Object.keys(translatedParts).flatMap((part) => {
    const things = catalogue[part as Part];
    const texts = translation[part as Part];
    return things ? [[part, things.map((thing) => ({ ...thing, ...ownOf<object>(texts, thing.id) }))]] : [];
  });
  const result: C = { ...catalogue, title, description, ...Object.fromEntries(parts) };
  const permissions = result.permissions?.map((one) => ({
    ...one,
    area: ownOf(translation.areas, one.area) ?? one.area,
  }));
  return { ...result, ...(permissions && { permissions }) };
};
