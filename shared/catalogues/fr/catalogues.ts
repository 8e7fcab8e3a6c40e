// The catalogues that ship in French: their modules, and what each has of its own.
import type { Translation } from '../schema.ts';
import { emailFr } from './email.ts';
import { exchangesFr } from './exchanges.ts';
import { rulesFr } from './rules.ts';

const together = (...all: readonly Translation[]): Translation => ({
  ...Object.assign({}, ...all),
  areas: Object.assign({}, ...all.map(({ areas }) => areas)),
  permissions: Object.assign({}, ...all.map(({ permissions }) => permissions)),
  abilities: Object.assign({}, ...all.map(({ abilities }) => abilities)),
});

const accessRights = { 'Access rights': 'Droits d’accès' };
const someoneHolds = 'Au moins un utilisateur actif détient toujours cette permission.';
const manageAccessRights = {
  title: 'Gérer les droits d’accès',
  description:
    'Modifier qui peut faire quoi : les rôles, leurs membres, leurs droits et leurs droits sur les règles. ' +
    someoneHolds,
};

/** By the id of the catalogue. */
export const catalogueFr: Readonly<Record<string, Translation>> = {
  'exchange-rules': together(rulesFr, {
    title: 'Règles de messagerie',
    description: 'Rôles pour le programme et ses règles de flux de messagerie, avec des droits sur certaines règles.',
    areas: accessRights,
    permissions: { manageAccessRights },
  }),
  'email-security': together(emailFr, {
    title: 'Sécurité du courriel',
    description: 'Permissions des administrateurs du portail, pour tout le compte ou pour certaines stratégies.',
    permissions: {
      superAdministrator: {
        title: 'Superadministrateur',
        description: `Tout dans le compte, comme le contact initial, y compris les permissions ajoutées plus tard. ${someoneHolds}`,
      },
    },
  }),
  'secure-exchanges': together(exchangesFr, {
    title: 'Échanges sécurisés',
    description: 'Groupes de rôles pour administrer une organisation qui échange des messages sécurisés.',
    areas: accessRights,
    permissions: {
      rolesAndAuthorizations: {
        title: 'Rôles et autorisations',
        description: `Créer et gérer les groupes de rôles et les permissions. ${someoneHolds}`,
      },
    },
    predefinedRoles: {
      administrators: {
        name: 'Administrateurs',
        description: 'Tout dans l’organisation, y compris les permissions ajoutées plus tard.',
      },
    },
  }),
  complete: together(rulesFr, emailFr, exchangesFr, {
    title: 'Complet',
    description:
      'Règles de flux de messagerie, sécurité du courriel et messages sécurisés dans un même ensemble de permissions.',
    areas: accessRights,
    permissions: { manageAccessRights: { ...manageAccessRights, alsoKnownAs: 'Rôles et autorisations' } },
  }),
};
