// The e-mail security portal in French.
import type { Translation } from '../schema.ts';

export const emailFr: Translation = {
  areas: {
    'Account permissions': 'Permissions du compte',
    'Policy permissions': 'Permissions des stratégies',
  },
  permissions: {
    manageUsers: {
      title: 'Gérer les utilisateurs',
      description:
        'Voir, créer, modifier et supprimer les connexions et les permissions des utilisateurs. Les autres permissions ' +
        'détenues pour certaines stratégies valent alors pour toutes les stratégies.',
    },
    directorySynchronization: {
      title: 'Synchronisation de l’annuaire',
      description:
        'Synchroniser un annuaire LDAP avec le service infonuagique. ' +
        'Seul le contact que le client de synchronisation utilise devrait en avoir besoin.',
    },
    viewAllReports: {
      title: 'Voir tous les rapports',
      description: 'Exécuter tous les rapports des services sous licence.',
    },
    manageEdgeDevices: {
      title: 'Gérer les appareils de périphérie',
      description: 'Configurer, en périphérie du réseau, les appareils qui se connectent au service infonuagique.',
    },
    logExport: {
      title: 'Exportation des journaux',
      description:
        'Exporter les données de journalisation vers un système SIEM et, si le compte a la journalisation complète du ' +
        'trafic, télécharger les journaux complets du trafic.',
    },
    modifyConfiguration: {
      title: 'Modifier la configuration',
      description:
        'Modifier toutes les options des paramètres du compte, sauf les connexions des utilisateurs, qui demandent ' +
        '« Gérer les utilisateurs ».',
    },
    viewConfiguration: {
      title: 'Voir la configuration',
      description: 'Voir toute la configuration dans les paramètres du compte, sans pouvoir la modifier.',
    },
    viewConfigurationAuditTrail: {
      title: 'Voir le journal d’audit de la configuration',
      description:
        'Ouvrir le journal d’audit de la configuration des stratégies, y faire des recherches, et en faire dans les ' +
        'listes de blocage et d’autorisation.',
    },
    quarantineAdministration: {
      title: 'Administrer la quarantaine',
      description: 'Chercher les messages en quarantaine dans le centre de messages, et agir sur eux.',
    },
    viewQuarantine: {
      title: 'Voir la quarantaine',
      description: 'Chercher les messages en quarantaine dans le centre de messages, sans agir sur eux.',
    },
    viewAdministratorAuditTrail: {
      title: 'Voir le journal d’audit des administrateurs',
      description:
        'Ouvrir le journal d’audit du centre de messages, y faire des recherches, et en faire dans les listes de blocage ' +
        'et d’autorisation.',
    },
    viewQuarantinedImages: {
      title: 'Voir les images en quarantaine',
      description:
        'Ouvrir et chercher les images en quarantaine dans le centre de messages. Demande aussi « Voir la quarantaine ».',
    },
    viewDeliveredMessages: {
      title: 'Voir les messages remis',
      description: 'Tout ce que donne « Voir la quarantaine », et les journaux des messages.',
    },
    blockAndAllowLists: {
      title: 'Listes de blocage et d’autorisation',
      description: 'Ouvrir et gérer toutes les listes de blocage et d’autorisation, et y faire des recherches.',
    },
    viewFilteredReports: {
      title: 'Voir les rapports filtrés',
      description:
        'Voir seulement les rapports qui se filtrent par les stratégies accordées. Non disponible avec « Voir tous les ' +
        'rapports ».',
    },
  },
  abilities: {
    logOn: {
      title: 'Se connecter',
      description: 'Se connecter au portail.',
    },
    reportingTab: {
      title: 'Onglet Rapports',
      description: 'Ouvrir l’onglet Rapports du menu principal.',
    },
    runAllReports: {
      title: 'Tous les rapports',
      description: 'Exécuter n’importe quel rapport des services sous licence.',
    },
    runFilteredReports: {
      title: 'Rapports d’une stratégie',
      description: 'Exécuter un rapport filtré par une stratégie.',
    },
    manageLogons: {
      title: 'Connexions des utilisateurs',
      description: 'Voir, créer, modifier et supprimer les connexions des utilisateurs.',
    },
    manageUserPermissions: {
      title: 'Permissions des utilisateurs',
      description: 'Voir, créer, modifier et supprimer les permissions des utilisateurs.',
    },
    synchronizeDirectory: {
      title: 'Synchroniser un annuaire',
      description: 'Synchroniser un annuaire LDAP avec le service.',
    },
    configureEdgeDevices: {
      title: 'Appareils de périphérie',
      description: 'Configurer, en périphérie du réseau, les appareils qui se connectent au service.',
    },
    exportLogs: {
      title: 'Exporter les journaux',
      description: 'Exporter les données de journalisation vers un système SIEM.',
    },
    downloadTrafficLogs: {
      title: 'Journaux complets du trafic',
      description: 'Télécharger les journaux complets du trafic.',
    },
    readConfiguration: {
      title: 'Consulter la configuration',
      description: 'Voir la configuration dans les paramètres du compte.',
    },
    changeConfiguration: {
      title: 'Changer la configuration',
      description: 'Modifier les options des paramètres du compte, sauf les connexions des utilisateurs.',
    },
    globalCustomCategories: {
      title: 'Liste globale des catégories personnalisées',
      description: 'Ouvrir la liste des catégories personnalisées qui valent pour tout le compte.',
    },
    searchConfigurationAuditTrail: {
      title: 'Journal d’audit de la configuration',
      description: 'Ouvrir le journal d’audit de la configuration des stratégies, et y faire des recherches.',
    },
    searchAdministratorAuditTrail: {
      title: 'Journal d’audit du centre de messages',
      description: 'Ouvrir le journal d’audit du centre de messages, et y faire des recherches.',
    },
    searchQuarantine: {
      title: 'Chercher dans la quarantaine',
      description: 'Chercher les messages en quarantaine dans le centre de messages.',
    },
    actOnQuarantine: {
      title: 'Agir sur les messages en quarantaine',
      description: 'Effectuer des actions sur les messages en quarantaine.',
    },
    searchQuarantinedImages: {
      title: 'Images en quarantaine',
      description: 'Ouvrir et chercher les images en quarantaine.',
    },
    viewMessageLogs: {
      title: 'Journaux des messages',
      description: 'Voir les journaux des messages.',
    },
    searchLists: {
      title: 'Chercher dans les listes de blocage et d’autorisation',
      description: 'Faire des recherches dans les listes de blocage et d’autorisation, sans les modifier.',
    },
    manageLists: {
      title: 'Gérer les listes de blocage et d’autorisation',
      description: 'Modifier les listes de blocage et d’autorisation.',
    },
  },
  features: {
    fullTrafficLogging: {
      title: 'Journalisation complète du trafic',
      description: 'Le service enregistre les journaux complets du trafic, qui peuvent être téléchargés.',
    },
    filteredReports: {
      title: 'Rapports filtrés',
      description: 'Les rapports peuvent être limités à certaines stratégies.',
    },
  },
};
