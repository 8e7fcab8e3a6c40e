// Catalogues in other languages: what the check says about texts, and which language a reader gets.
import { describe, expect, it } from 'vitest';
import { untranslated } from '../../shared/catalogues/check.ts';
import { catalogues } from '../../shared/catalogues/index.ts';
import type { Catalogue, Translation } from '../../shared/catalogues/schema.ts';
import { inLanguage } from '../../shared/catalogues/translate.ts';
import { translationsOf } from '../../shared/catalogues/translations.ts';
import { said } from './said.ts';

const shipped = [...catalogues].map(([id, { data }]) => [id, { ...data, translations: translationsOf(data) }] as const);
const complete = catalogues.get('complete')!.data;
const withTexts = (fr: Translation): Catalogue => ({ ...complete, translations: { fr } });

describe('the catalogues that ship', () => {
  it.each(shipped)('%s has every text in French, and no text of something else', (_id, catalogue) => {
    expect(Object.keys(catalogue.translations)).toEqual(['fr']);
    expect(untranslated(catalogue)).toEqual([]);
    expect(said(catalogue)).toEqual([]);
  });

  it.each(shipped)('in %s, whoever reads French can tell things apart as in English', (_id, catalogue) => {
    const { permissions, abilities, actionTypes, ruleTypes } = inLanguage(catalogue, catalogue.translations, 'fr');
    for (const things of [permissions, actionTypes, ruleTypes])
      expect(new Set(things.map(({ title }) => title)).size).toBe(things.length);
    const both = [...permissions, ...abilities].map(({ title, description }) => `${title}: ${description}`);
    expect(new Set(both).size).toBe(both.length);
    for (const text of both) expect(text).not.toMatch(/['"]|e-mail/);
  });
});

describe('a text in another language', () => {
  const refused: [string, Catalogue, string[]][] = [
    [
      'of a permission that is not there',
      withTexts({ permissions: { nothing: { title: 'Rien' } } }),
      ["translations.fr.permissions.nothing: There is no permission 'nothing'."],
    ],
    [
      'of other things that are not there',
      withTexts({
        abilities: { a: {} },
        actionTypes: { b: {} },
        ruleTypes: { constructor: {} },
        features: { d: {} },
        predefinedRoles: { e: {} },
      }),
      [
        "translations.fr.abilities.a: There is no ability 'a'.",
        "translations.fr.actionTypes.b: There is no action type 'b'.",
        "translations.fr.ruleTypes.constructor: There is no rule type 'constructor'.",
        "translations.fr.features.d: There is no feature 'd'.",
        "translations.fr.predefinedRoles.e: There is no predefined role 'e'.",
      ],
    ],
    [
      'that is missing in English',
      withTexts({ permissions: { billing: { alsoKnownAs: 'Comptabilité' } } }),
      ["translations.fr.permissions.billing.alsoKnownAs: 'billing' has no alsoKnownAs in English."],
    ],
    [
      'of an area without permissions',
      withTexts({ areas: { Nowhere: 'Nulle part' } }),
      ["translations.fr.areas.Nowhere: No permission is in the area 'Nowhere'."],
    ],
    [
      'that two areas share',
      withTexts({ areas: { Rules: 'Règles', 'Rule actions': 'Règles' } }),
      ["translations.fr.areas.Rule actions: The area 'Rules' has the text 'Règles' too."],
    ],
    [
      'that two roles have for a name',
      withTexts({ predefinedRoles: { rulesViewers: { name: 'rules ADMINISTRATORS' } } }),
      [
        "translations.fr.predefinedRoles.rulesViewers.name: Another predefined role has the name 'rules ADMINISTRATORS'.",
      ],
    ],
    [
      'of what is no language',
      { ...complete, translations: { EN: {} } } as Catalogue,
      ["translations.EN: A language is a tag such as 'fr' or 'fr-CA'."],
    ],
    [
      'in English',
      { ...complete, translations: { en: {} } },
      ['translations.en: The texts of the catalogue itself are the English ones.'],
    ],
    [
      'by a name that is none',
      withTexts({ permissions: { billing: { titel: 'Facturation' } } } as Translation),
      ['translations.fr.permissions.billing: Unrecognized key: "titel"'],
    ],
    [
      'that is empty',
      withTexts({ permissions: { billing: { title: '' } } }),
      ['translations.fr.permissions.billing.title: This text must not be empty.'],
    ],
  ];
  it.each(refused)('%s is refused', (_name, catalogue, expected) => {
    expect(said(catalogue)).toEqual(expected);
  });

  it('that is missing is told, and the catalogue can be used all the same', () => {
    const fr = structuredClone(translationsOf(complete).fr!);
    delete fr.title;
    delete fr.areas?.Rules;
    delete fr.permissions?.billing;
    delete fr.permissions?.manageAccessRights?.alsoKnownAs;
    delete fr.predefinedRoles?.rulesViewers?.name;
    expect(said(withTexts(fr))).toEqual([]);
    expect(untranslated(withTexts(fr))).toEqual(
      [
        'title',
        'areas.Rules',
        'permissions.manageAccessRights.alsoKnownAs',
        'permissions.billing.title',
        'permissions.billing.description',
        'predefinedRoles.rulesViewers.name',
      ].map((text) => ({
        path: `translations.fr.${text}`,
        message: 'This text is missing, so readers see the English one.',
      })),
    );
  });
});

describe('a catalogue in a language', () => {
  const texts = {
    fr: { title: 'Tout', permissions: { billing: { title: 'Facturation' } }, areas: { Organization: 'Organisation' } },
    'pt-BR': { title: 'Completo' },
  };
  const billing = (tag: string) => inLanguage(complete, texts, tag).permissions.find(({ id }) => id === 'billing');

  it.each([
    ['fr', 'fr'],
    ['FR', 'fr'],
    ['fr-CA', 'fr'],
    ['fr-Latn-CA-x-private', 'fr'],
    ['pt-br', 'pt-BR'],
    ['pt', 'en'],
    ['fra', 'en'],
    ['de', 'en'],
    ['en-CA', 'en'],
    ['constructor', 'en'],
  ])('asked for by %s, is in %s', (tag, language) => {
    expect(inLanguage(complete, texts, tag)).toMatchObject({ language, languages: ['en', 'fr', 'pt-BR'] });
  });

  it('has the English text where its own is missing, and everything else as it is', () => {
    const english = complete.permissions.find(({ id }) => id === 'billing');
    expect(billing('fr')).toEqual({ ...english, title: 'Facturation', area: 'Organisation' });
    expect(inLanguage(complete, texts, 'fr')).toMatchObject({ title: 'Tout', description: complete.description });
    expect(billing('en')).toEqual(english);
  });

  it('is a vendor’s own: what a catalogue brings counts before what ships', () => {
    const translations = { fr: { title: 'À nous' }, de: { title: 'Alles' } };
    expect(translationsOf({ ...complete, translations })).toEqual(translations);
    expect(translationsOf({ ...complete, id: 'constructor' })).toEqual({});
  });
});
