// The portal for secure messages in French, in the words that Secure Exchanges has for its own permissions.
import type { Translation } from '../schema.ts';

export const exchangesFr: Translation = {
  areas: {
    Organization: 'Organisation',
    Logs: 'Journaux',
  },
  permissions: {
    businessManagement: {
      title: 'Gestion de l’entreprise',
      description: 'Personnaliser les couleurs, le logo et le courriel d’envoi, et configurer la marque blanche.',
    },
    billing: {
      title: 'Facturation',
      description: 'Accéder aux factures, à la carte de crédit et au forfait.',
    },
    purchase: {
      title: 'Achat',
      description: 'Gérer les achats et les licences.',
    },
    userLogs: {
      title: 'Journaux',
      description:
        'Accéder aux journaux des autres utilisateurs. Les journaux des comptes administrateurs n’en font pas partie.',
    },
    administratorLogs: {
      title: 'Journaux administrateur',
      description: 'Accéder aux journaux des comptes administrateurs.',
    },
    domainManagement: {
      title: 'Gestion des domaines',
      description: 'Ajouter et gérer des domaines de messagerie.',
    },
    activationRules: {
      title: 'Règles d’activation',
      description: 'Gérer les règles par domaine.',
    },
  },
  abilities: {
    customiseColours: {
      title: 'Couleurs',
      description: 'Personnaliser les couleurs de l’organisation.',
    },
    customiseLogo: {
      title: 'Logo',
      description: 'Personnaliser le logo de l’organisation.',
    },
    customiseEmailSending: {
      title: 'Courriel d’envoi',
      description: 'Personnaliser l’envoi des courriels.',
    },
    whiteLabelling: {
      title: 'Marque blanche',
      description: 'Configurer la marque blanche.',
    },
    viewBills: {
      title: 'Factures',
      description: 'Voir les factures.',
    },
    manageCreditCard: {
      title: 'Carte de crédit',
      description: 'Gérer la carte de crédit qui paie les factures.',
    },
    managePlan: {
      title: 'Forfait',
      description: 'Gérer le forfait de l’organisation.',
    },
    managePurchases: {
      title: 'Achats',
      description: 'Gérer les achats.',
    },
    manageLicences: {
      title: 'Licences',
      description: 'Gérer les licences.',
    },
    changeLicenceType: {
      title: 'Modifier une licence',
      description: 'Changer le type de licence d’un utilisateur.',
    },
    withdrawLicence: {
      title: 'Retirer une licence',
      description: 'Retirer la licence d’un utilisateur.',
    },
    transferLicence: {
      title: 'Transférer une licence',
      description: 'Transférer une licence d’un utilisateur à un autre.',
    },
    readUserLogs: {
      title: 'Journaux des autres utilisateurs',
      description: 'Consulter les journaux des autres utilisateurs.',
    },
    readAdministratorLogs: {
      title: 'Journaux des administrateurs',
      description: 'Consulter les journaux des comptes administrateurs.',
    },
    readOwnLog: {
      title: 'Son propre journal',
      description: 'Consulter son propre journal.',
    },
    manageDomains: {
      title: 'Domaines',
      description: 'Ajouter et gérer des domaines de messagerie.',
    },
    manageActivationRules: {
      title: 'Règles par domaine',
      description: 'Ajouter, modifier et supprimer les règles qui dépendent des domaines.',
    },
    manageRoleGroups: {
      title: 'Rôles et permissions',
      description: 'Créer et gérer les groupes de rôles et les permissions.',
    },
    usageStatistics: {
      title: 'Statistiques d’utilisation',
      description: 'Voir les statistiques détaillées de l’utilisation du service par les utilisateurs.',
    },
    editUserProfile: {
      title: 'Profil d’un autre utilisateur',
      description: 'Modifier les informations et les paramètres de sécurité d’un autre utilisateur.',
    },
    sendSecureMessage: {
      title: 'Envoyer un courriel sécurisé',
      description: 'Envoyer un message sécurisé à partir du portail.',
    },
  },
};
