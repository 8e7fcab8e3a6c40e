// Mail-flow rules in French.
import type { Translation } from '../schema.ts';

export const rulesFr: Translation = {
  areas: {
    Program: 'Programme',
    Rules: 'Règles',
    'Rule actions': 'Actions des règles',
  },
  permissions: {
    manageProgramFeatures: {
      title: 'Gérer les fonctions administratives du programme',
      description:
        'Ouvrir les onglets de la fenêtre Paramètres, importer et exporter, recueillir les fichiers journaux pour un ' +
        'diagnostic, ouvrir la fenêtre des licences et activer la licence, et modifier les paramètres de notification. ' +
        'L’onglet Catégories n’en fait pas partie.',
    },
    createRules: {
      title: 'Créer des règles',
      description: 'Ajouter des règles, et configurer tout le contenu d’une règle pendant sa création.',
    },
    manageRulesOrder: {
      title: 'Gérer l’ordre des règles et leurs propriétés générales',
      description:
        'Changer l’ordre de la liste des règles, modifier l’onglet Général des règles et gérer les catégories de règles.',
    },
    manageConditions: {
      title: 'Gérer les conditions et les exceptions des règles',
      description: 'Modifier les onglets Conditions et Exceptions des règles.',
    },
    manageActions: {
      title: 'Gérer les actions des règles',
      description:
        'Modifier sans restriction l’onglet Actions des règles : modifier, ajouter et supprimer des actions de tous les types.',
    },
    editActions: {
      title: 'Modifier des actions existantes',
      description:
        'Modifier les propriétés des actions que les règles ont déjà : de tous les types, ou des types sélectionnés seulement.',
    },
    addActions: {
      title: 'Ajouter des actions des types choisis',
      description:
        'Ajouter de nouvelles actions aux règles, mais seulement des types choisis dans « Modifier des actions existantes ».',
    },
    deleteActions: {
      title: 'Supprimer des actions des types choisis',
      description:
        'Supprimer des actions des règles, mais seulement des types choisis dans « Modifier des actions existantes ».',
    },
    manageOptions: {
      title: 'Gérer les options des règles',
      description: 'Modifier l’onglet Options des règles.',
    },
  },
  abilities: {
    settingsTabs: {
      title: 'Fenêtre Paramètres',
      description:
        'Ouvrir les onglets de la fenêtre Paramètres, sauf Catégories, Paramètres de connexion et Connexion.',
    },
    categoriesTab: {
      title: 'Onglet Catégories',
      description: 'Gérer les catégories de règles dans la fenêtre Paramètres.',
    },
    logonSettingsTab: {
      title: 'Onglet Paramètres de connexion',
      description: 'Ouvrir l’onglet Paramètres de connexion de la fenêtre Paramètres.',
    },
    connectionTab: {
      title: 'Onglet Connexion',
      description: 'Ouvrir l’onglet Connexion de la fenêtre Paramètres.',
    },
    importExport: {
      title: 'Importation et exportation',
      description: 'Importer et exporter la configuration.',
    },
    collectDiagnostics: {
      title: 'Recueillir tous les fichiers journaux',
      description: 'Réunir les fichiers journaux pour un diagnostic.',
    },
    openLicensing: {
      title: 'Fenêtre des licences',
      description: 'Ouvrir la fenêtre des licences.',
    },
    activateLicence: {
      title: 'Activer la licence',
      description: 'Activer la licence du logiciel.',
    },
    changeNotifications: {
      title: 'Paramètres de notification',
      description: 'Modifier les paramètres de notification.',
    },
    modifyAccessRoles: {
      title: 'Gestion des droits d’accès',
      description: 'Modifier les rôles : leurs droits, leurs membres et leurs droits sur les règles.',
    },
    addRule: {
      title: 'Ajouter une règle',
      description: 'Ajouter une règle avec tout son contenu.',
    },
    reorderRules: {
      title: 'Ordre des règles',
      description: 'Changer l’ordre de la liste des règles.',
    },
    editGeneralProperties: {
      title: 'Onglet Général',
      description: 'Modifier l’onglet Général d’une règle.',
    },
    manageCategories: {
      title: 'Gestionnaire de catégories',
      description: 'Gérer les catégories de règles dans le gestionnaire de catégories du sélecteur de catégories.',
    },
    editConditions: {
      title: 'Onglet Conditions',
      description: 'Modifier l’onglet Conditions d’une règle.',
    },
    editExceptions: {
      title: 'Onglet Exceptions',
      description: 'Modifier l’onglet Exceptions d’une règle.',
    },
    actionsTab: {
      title: 'Onglet Actions',
      description:
        'Modifier quelque chose dans l’onglet Actions d’une règle ; quoi exactement dépend des types de ses actions.',
    },
    editOptions: {
      title: 'Onglet Options',
      description: 'Modifier l’onglet Options d’une règle.',
    },
  },
  actionTypes: {
    insertSignature: {
      title: 'Insérer une signature',
      description: 'Ajoute la signature de l’expéditeur au message.',
    },
    insertDisclaimer: {
      title: 'Insérer un avis de non-responsabilité',
      description: 'Ajoute un avis juridique au message.',
    },
    insertBanner: {
      title: 'Insérer une bannière',
      description: 'Ajoute une bannière publicitaire au message.',
    },
    autoRespond: {
      title: 'Envoyer une réponse automatique',
      description: 'Répond à l’expéditeur par un message préparé.',
    },
    forwardMessage: {
      title: 'Transférer le message',
      description: 'Envoie une copie à d’autres destinataires.',
    },
    redirectMessage: {
      title: 'Rediriger le message',
      description: 'Remet le message à d’autres destinataires à la place.',
    },
    addRecipient: {
      title: 'Ajouter un destinataire',
      description: 'Ajoute des destinataires au message.',
    },
    removeRecipient: {
      title: 'Retirer un destinataire',
      description: 'Retire des destinataires du message.',
    },
    stripAttachments: {
      title: 'Retirer les pièces jointes',
      description: 'Retire les pièces jointes du message.',
    },
    compressAttachments: {
      title: 'Compresser les pièces jointes',
      description: 'Réunit les pièces jointes dans une archive.',
    },
    addSubjectTag: {
      title: 'Marquer l’objet',
      description: 'Ajoute du texte à l’objet du message.',
    },
    setHeader: {
      title: 'Définir un en-tête',
      description: 'Ajoute ou remplace un en-tête du message.',
    },
    blockMessage: {
      title: 'Bloquer le message',
      description: 'Empêche la remise du message.',
    },
  },
  ruleTypes: {
    signatureRule: {
      title: 'Signatures et avis de non-responsabilité',
      description: 'Ajoute du contenu aux messages.',
    },
    attachmentRule: {
      title: 'Pièces jointes',
      description: 'Traite les pièces jointes des messages.',
    },
    routingRule: {
      title: 'Acheminement',
      description: 'Décide où vont les messages.',
    },
    complianceRule: {
      title: 'Conformité',
      description: 'Arrête ou marque les messages contraires à une politique.',
    },
    autoReplyRule: {
      title: 'Réponses automatiques',
      description: 'Répond aux messages.',
    },
  },
  predefinedRoles: {
    programAndRulesAdministrators: {
      name: 'Administrateurs du programme et des règles',
      description: 'Accès complet : les règles, toutes les fonctions, même administratives, et les droits d’accès.',
    },
    rulesAdministrators: {
      name: 'Administrateurs des règles',
      description:
        'Accès complet à la configuration des règles, mais ni aux droits d’accès ni aux fonctions administratives.',
    },
    signaturesEditors: {
      name: 'Éditeurs de signatures',
      description:
        'Modifier les propriétés des actions qui ajoutent des signatures, des avis de non-responsabilité ou des ' +
        'bannières, et rien d’autre.',
    },
    rulesViewers: {
      name: 'Lecteurs des règles',
      description: 'Voir chaque règle, et n’en modifier aucune.',
    },
  },
};
