import { texts } from '../texts/texts.ts';

export const changeTexts = texts({
  en: {
    /** With so many that waited before. */
    gathered: (n: number) =>
      `The change waits${n === 0 ? '' : ` with ${n} more`}. Nothing takes effect before you submit the changes.`,
    seeWaiting: 'See the waiting changes',
    warnings: {
      'no-active-administrators-group': () =>
        'No administrators group with an active member is named, so nobody joins the administrators with it.',
      'rule-seen-by-nobody': (what: string) => `No role lets anybody see any more: ${what}.`,
      'more-holders-than-expected': (what: string) => `More users hold this permission than it is meant for: ${what}.`,
      'still-granted': (what: string) => `Given all the same, by a wider permission: ${what}.`,
      'disabled-by-directory': () =>
        'The directory has disabled the user, who stays disabled until the directory says otherwise.',
      'group-not-delegated': (what: string) =>
        `The directory adds nobody to these groups, because it makes people manage access rights only through groups that are marked for it: ${what}.`,
      'still-in-directory': (what: string) => `The directory still has this person, and can bring a new user: ${what}.`,
      'still-in-group': (what: string) => `Somebody stays in the group, because its directory says so: ${what}.`,
      'sign-in-left-out': () => 'The sign-in did not come back: invite the user.',
      'external-id-taken': () => 'Another user has the external id now.',
      'grant-left-out': (what: string) => `Not given back: ${what}.`,
      'role-gone': () => 'A role is gone.',
      'role-full': (what: string) => `A role is full: ${what}.`,
      'group-gone': () => 'A group is gone.',
      'group-left-out': (what: string) => `A group was left out: ${what}.`,
      'left-to-access-managers': () => 'What only those who manage access rights may give was left out.',
      'more-to-restore': () => 'More comes back when you restore again.',
      'name-taken': () => 'The directory has the name of somebody else now.',
    },
    andMore: 'and more',
    askLosses: 'What this takes away',
    nobodyLoses: 'Nobody loses or gains a permission.',
    /** After the name of a role, a group or a person; the rights stand in between. */
    onRules: {
      joined: { before: 'also gives rights on rules', after: 'Who joins it gains them.' },
      left: {
        before: 'also gives rights on rules',
        after: 'Who leaves it loses them, unless another role gives them.',
      },
      ended: { before: 'also gives rights on rules', after: 'They end with it, unless another role gives them.' },
      groups: { before: 'also gives rights on rules', after: 'They come and go with the groups that are in it.' },
      changed: { before: 'will give other rights on rules than now.', after: '' },
      loses: { before: 'also loses rights on rules', after: '' },
      gains: { before: 'also gains rights on rules', after: '' },
      throughGroups: { before: 'has rights on rules through groups', after: 'They may change with the groups.' },
    },
    addedToWaiting: (n: number) => `What this adds to the ${n === 1 ? 'change that waits' : `${n} changes that wait`}:`,
    withWaiting: (n: number) => `Together with the ${n === 1 ? 'change that waits' : `${n} changes that wait`}:`,
    loses: 'Loses',
    gains: 'Gains',
    moreUsers: 'More users are affected than are shown.',
    forPolicies: (n: number) => (n === 1 ? 'for one policy' : `for ${n} policies`),
    refusedGathered: 'The change was not added to those that wait.',
    ok: 'Close',
    wouldNotCount: 'These have the permission, but do not count:',
    others: (n: number) => `and ${n} more`,
    why: {
      disabled: 'disabled',
      machine: 'a client, not a person',
      'never-signed-in': 'has never signed in',
    },
    needs: (titles: string) => `This needs ${titles}.`,
    requires: (one: string, other: string) =>
      `${one} needs ${other} in the same set, in the same or a wider scope: grant both, or take both away.`,
    excludes: (one: string, other: string) =>
      `${one} is not available while ${other} is in the same set: take that away first.`,
    missing: 'What is missing:',
    right: (right: string) => ({ view: 'View', edit: 'Edit', delete: 'Delete' })[right] ?? right,
    onRule: (right: string) => `${right} on the rule`,
    wider: 'It is held through:',
    lockedOut:
      'This is refused, because afterwards no active person who signs in could give access rights to anybody. Give the right to somebody else first.',
    conflict:
      'Somebody has changed this since you opened it. Load it again, and make your change on what is there now.',
    signInAgain: 'Sign in again',
    signedOut: 'Your sign-in has ended. Sign in again; what you have not saved is lost.',
    unreachable: 'The service does not answer. Nothing may have been changed: look before you try again.',
    request: (id: string) => `Request ${id}`,
    inSet: (n: number) => `The change at place ${n} among those that wait is the one that is refused.`,
    usersColumn: 'User',
  },
  fr: {
    gathered: (n: number) =>
      `La modification est en attente${n === 0 ? '' : ` avec ${n} autre${n > 1 ? 's' : ''}`}. Rien ne prend effet avant l’envoi des modifications.`,
    seeWaiting: 'Voir les modifications en attente',
    warnings: {
      'no-active-administrators-group': () =>
        'Aucun groupe d’administrateurs ayant un membre actif n’est nommé : personne ne rejoint donc les administrateurs par lui.',
      'rule-seen-by-nobody': (what) => `Plus aucun rôle ne permet à quiconque de voir : ${what}.`,
      'more-holders-than-expected': (what) => `Plus d’utilisateurs que prévu détiennent cette permission : ${what}.`,
      'still-granted': (what) => `Accordé malgré tout, par une permission plus large : ${what}.`,
      'disabled-by-directory': () =>
        'L’annuaire a désactivé l’utilisateur, qui le reste jusqu’à ce que l’annuaire en décide autrement.',
      'group-not-delegated': (what) =>
        `L’annuaire n’ajoute personne à ces groupes, car il ne donne la gestion des droits d’accès que par des groupes marqués pour cela : ${what}.`,
      'still-in-directory': (what) =>
        `L’annuaire a toujours cette personne et peut apporter un nouvel utilisateur : ${what}.`,
      'still-in-group': (what) => `Quelqu’un reste dans le groupe, car son annuaire le dit : ${what}.`,
      'sign-in-left-out': () => 'La connexion n’est pas revenue : invitez l’utilisateur.',
      'external-id-taken': () => 'Un autre utilisateur a maintenant l’identifiant externe.',
      'grant-left-out': (what) => `Non rendu : ${what}.`,
      'role-gone': () => 'Un rôle n’existe plus.',
      'role-full': (what) => `Un rôle est complet : ${what}.`,
      'group-gone': () => 'Un groupe n’existe plus.',
      'group-left-out': (what) => `Un groupe a été laissé de côté : ${what}.`,
      'left-to-access-managers': () =>
        'Ce que seuls les gestionnaires des droits d’accès peuvent donner a été laissé de côté.',
      'more-to-restore': () => 'Une nouvelle restauration en rendra davantage.',
      'name-taken': () => 'L’annuaire a maintenant ce nom pour quelqu’un d’autre.',
    },
    andMore: 'et d’autres',
    askLosses: 'Ce qui est retiré',
    nobodyLoses: 'Personne ne perd ni ne gagne de permission.',
    onRules: {
      joined: { before: 'donne aussi des droits sur les règles', after: 'Qui y entre les gagne.' },
      left: {
        before: 'donne aussi des droits sur les règles',
        after: 'Qui en sort les perd, sauf si un autre rôle les donne.',
      },
      ended: {
        before: 'donne aussi des droits sur les règles',
        after: 'Ils prennent fin avec lui, sauf si un autre rôle les donne.',
      },
      groups: {
        before: 'donne aussi des droits sur les règles',
        after: 'Ils viennent et partent avec les groupes qui en sont membres.',
      },
      changed: { before: 'donnera d’autres droits sur les règles que maintenant.', after: '' },
      loses: { before: 'perd aussi des droits sur les règles', after: '' },
      gains: { before: 'gagne aussi des droits sur les règles', after: '' },
      throughGroups: {
        before: 'a des droits sur les règles par des groupes',
        after: 'Ils peuvent changer avec les groupes.',
      },
    },
    addedToWaiting: (n: number) =>
      `Ce que ceci ajoute ${n < 2 ? 'à la modification' : `aux ${n} modifications`} en attente :`,
    withWaiting: (n: number) => `Avec ${n < 2 ? 'la modification' : `les ${n} modifications`} en attente :`,
    loses: 'Perd',
    gains: 'Gagne',
    moreUsers: 'D’autres utilisateurs sont touchés.',
    forPolicies: (n: number) => (n === 1 ? 'pour une stratégie' : `pour ${n} stratégies`),
    refusedGathered: 'La modification n’a pas été ajoutée à celles en attente.',
    ok: 'Fermer',
    wouldNotCount: 'Ces utilisateurs ont la permission, mais ne comptent pas :',
    others: (n: number) => `et ${n} de plus`,
    why: {
      disabled: 'désactivé',
      machine: 'un client, pas une personne',
      'never-signed-in': 'ne s’est jamais connecté',
    },
    needs: (titles: string) => `Cela nécessite ${titles}.`,
    requires: (one: string, other: string) =>
      `« ${one} » nécessite « ${other} » dans le même ensemble, à la même portée ou à une portée plus large.`,
    excludes: (one: string, other: string) => `« ${one} » n’est pas disponible avec « ${other} ».`,
    missing: 'Ce qui manque :',
    right: (right: string) => ({ view: 'Voir', edit: 'Modifier', delete: 'Supprimer' })[right] ?? right,
    onRule: (right: string) => `${right} sur la règle`,
    wider: 'Elle est détenue par :',
    lockedOut:
      'Cela est refusé, car ensuite aucune personne active qui se connecte ne pourrait donner des droits d’accès. Donnez d’abord ce droit à quelqu’un d’autre.',
    conflict:
      'Quelqu’un a modifié ceci depuis que vous l’avez ouvert. Rechargez, puis refaites votre modification sur ce qui s’y trouve maintenant.',
    signInAgain: 'Se reconnecter',
    signedOut: 'Votre connexion a pris fin. Reconnectez-vous ; ce qui n’est pas enregistré est perdu.',
    unreachable: 'Le service ne répond pas. Il se peut que rien n’ait changé : vérifiez avant de réessayer.',
    request: (id: string) => `Requête ${id}`,
    inSet: (n: number) => `La modification refusée est celle à la place ${n} parmi celles en attente.`,
    usersColumn: 'Utilisateur',
  },
});
