import { texts } from '../../texts/texts.ts';

export const roleTexts = texts({
  en: {
    roles: 'Roles',
    users: 'Users',
    groups: 'Groups',
    empty: 'There are no roles yet. A role gathers permissions, and gives them to its members.',
  },
  fr: {
    roles: 'Rôles',
    users: 'Utilisateurs',
    groups: 'Groupes',
    empty: 'Il n’y a pas encore de rôle. Un rôle réunit des permissions et les donne à ses membres.',
  },
});
