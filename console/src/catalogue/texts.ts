import { texts } from '../texts/texts.ts';

export const catalogueTexts = texts({
  en: {
    everything: 'Everything',
    everythingText: 'Every permission there is, and those that are added later.',
    noLonger:
      'The permissions are now ticked one by one. One that is added to the product later is not among them until somebody ticks it.',
    also: (title: string, other: string) => `${title} (${other})`,
    comesWith: (titles: string) => `Comes with ${titles}.`,
    needs: (titles: string) => `Needs ${titles}.`,
    excluded: (titles: string) => `Not available beside ${titles}.`,
    limitsOf: (title: string) => `Limits of ${title}`,
    change: 'Change',
    nothingChosen: 'Nothing is selected, so nothing is granted.',
    widened: (title: string) => `${title} makes the permissions apply to all policies.`,
    addLine: 'Add another combination',
    removeLine: 'Remove this combination',
    line: (n: number, of: number) => `Combination ${n} of ${of}`,
    dimensions: {
      policies: { name: 'Policies', all: 'All policies', some: 'Selected policies', none: 'No policy yet' },
      actionTypes: {
        name: 'Action types',
        all: 'All action types',
        some: 'Selected action types',
        none: 'No action type yet',
      },
      ruleTypes: {
        name: 'Rule types',
        all: 'All rule types',
        some: 'Selected rule types',
        none: 'No rule type yet',
      },
    },
    only: (titles: string) => `Only ${titles}`,
    gone: (id: string) => `${id} (deleted)`,
    example: 'Example',
    exampleText: (edit: string, add: string, remove: string, type: string) =>
      `“${edit}” is limited to “${type}”, and “${remove}” is ticked too. Members then edit and delete actions of this type, and no others. They cannot add one, because “${add}” is a box of its own.`,
  },
  fr: {
    everything: 'Tout',
    everythingText: 'Toutes les permissions qui existent, et celles qui seront ajoutées plus tard.',
    noLonger:
      'Les permissions sont maintenant cochées une à une. Une permission ajoutée plus tard au produit n’en fera pas partie tant que personne ne l’aura cochée.',
    also: (title: string, other: string) => `${title} (${other})`,
    comesWith: (titles: string) => `Comprise dans ${titles}.`,
    needs: (titles: string) => `Nécessite ${titles}.`,
    excluded: (titles: string) => `Non disponible avec ${titles}.`,
    limitsOf: (title: string) => `Limites de ${title}`,
    change: 'Modifier',
    nothingChosen: 'Rien n’est sélectionné : rien n’est donc accordé.',
    widened: (title: string) => `Avec ${title}, les permissions valent pour toutes les stratégies.`,
    addLine: 'Ajouter une autre combinaison',
    removeLine: 'Retirer cette combinaison',
    line: (n: number, of: number) => `Combinaison ${n} sur ${of}`,
    dimensions: {
      policies: {
        name: 'Stratégies',
        all: 'Toutes les stratégies',
        some: 'Les stratégies sélectionnées',
        none: 'Pas encore de stratégie',
      },
      actionTypes: {
        name: 'Types d’action',
        all: 'Tous les types d’action',
        some: 'Les types d’action sélectionnés',
        none: 'Pas encore de type d’action',
      },
      ruleTypes: {
        name: 'Types de règle',
        all: 'Tous les types de règle',
        some: 'Les types de règle sélectionnés',
        none: 'Pas encore de type de règle',
      },
    },
    only: (titles: string) => `Seulement ${titles}`,
    gone: (id: string) => `${id} (supprimée)`,
    example: 'Exemple',
    exampleText: (edit: string, add: string, remove: string, type: string) =>
      `« ${edit} » est limité à « ${type} », et « ${remove} » est coché aussi. Les membres modifient et suppriment alors les actions de ce type, et aucune autre. Ils ne peuvent pas en ajouter, car « ${add} » est une case à part.`,
  },
});
export type CatalogueTexts = (typeof catalogueTexts)['en'];
