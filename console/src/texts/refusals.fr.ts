// The titles of refusals in French, and what to do about each. The service says both in English; this table is loaded for
// French alone. A code without a text does not compile.
import type { ProblemCode } from '../../../clients/typescript/index.ts';
import type { RefusalText } from './refusals.ts';
import { unbroken } from './texts.ts';

const refusals: Readonly<Record<ProblemCode, RefusalText>> = {
  'invalid-request': {
    title: 'La demande n’est pas valide',
    text: 'Corrigez les champs signalés, puis recommencez.',
  },
  unauthenticated: {
    title: 'Il faut une connexion valide',
    text: 'Reconnectez-vous.',
  },
  forbidden: {
    title: 'Une permission manque',
    text: 'Demandez-la à une personne qui gère les droits d’accès.',
  },
  'insufficient-scope': {
    title: 'La connexion n’a pas la portée que cette opération demande',
    text: 'Reconnectez-vous. Si cela ne suffit pas, l’administrateur de la connexion doit accorder cette portée.',
  },
  'caller-kind': {
    title: 'Cette opération n’est pas ouverte à ce genre d’appelant',
    text: 'Connectez-vous sous l’identité qui convient : une personne de l’organisation, ou un opérateur.',
  },
  'unknown-user': {
    title: 'Votre connexion n’appartient à aucun utilisateur de cette organisation',
    text: 'Demandez une invitation à une personne qui gère les droits d’accès.',
  },
  'user-disabled': {
    title: 'L’utilisateur est désactivé',
    text: 'Une personne qui gère les droits d’accès peut le réactiver.',
  },
  'access-token-needed': {
    title: 'Seuls les jetons d’accès sont acceptés',
    text: 'Reconnectez-vous. Si cela se répète, la connexion est mal configurée : signalez-le à votre administrateur.',
  },
  'keeper-needed': {
    title: 'Seule une personne qui peut gérer les droits d’accès peut faire cela',
    text: 'Demandez à l’une de ces personnes de le faire.',
  },
  'not-held': {
    title: 'Cela demande des permissions que vous n’avez pas vous-même',
    text: 'Demandez à une personne qui les détient de le faire, ou de vous les donner.',
  },
  'cannot-log-on': {
    title: 'L’utilisateur ne peut pas se connecter',
    text: 'Vérifiez qu’il est actif et qu’une connexion lui est liée.',
  },
  'second-operator-needed': {
    title: 'Un autre opérateur doit approuver ceci',
    text: 'Demandez à un deuxième opérateur de l’approuver.',
  },
  'tenant-suspended': {
    title: 'Les opérateurs ont suspendu cette organisation',
    text: 'Adressez-vous aux opérateurs : eux seuls peuvent lever la suspension.',
  },
  'tenant-closed': {
    title: 'Les opérateurs ont fermé cette organisation',
    text: 'Adressez-vous aux opérateurs : eux seuls peuvent la rouvrir.',
  },
  'session-ended': {
    title: 'La session a pris fin',
    text: 'Reconnectez-vous.',
  },
  'not-found': {
    title: 'Cela n’existe pas',
    text: 'Quelqu’un l’a peut-être supprimé, ou vous ne pouvez pas le voir. Rechargez la liste.',
  },
  'too-early': {
    title: 'Il est encore trop tôt',
    text: 'Attendez le moment indiqué, puis recommencez.',
  },
  'has-access-manager': {
    title: 'Quelqu’un peut gérer les droits d’accès dans cette organisation',
    text: 'Une récupération n’est pas nécessaire : adressez-vous à cette personne.',
  },
  'recovery-active': {
    title: 'Une récupération de cette organisation est en cours',
    text: 'Approuvez-la ou annulez-la d’abord.',
  },
  'last-access-manager': {
    title: 'Plus personne ne pourrait gérer les droits d’accès',
    text: 'Donnez d’abord ce droit à une autre personne active.',
  },
  keeperless: {
    title: 'Personne ne peut gérer les droits d’accès dans cette organisation',
    text: 'Les opérateurs doivent d’abord la récupérer : adressez-vous à eux.',
  },
  'name-taken': {
    title: 'Ce nom est déjà utilisé',
    text: 'Choisissez un autre nom.',
  },
  'identity-taken': {
    title: 'Cette connexion appartient à un autre utilisateur',
    text: 'Choisissez une autre connexion, ou retirez-la d’abord à l’autre utilisateur.',
  },
  'sign-in-taken': {
    title: 'Un autre annuaire connecte déjà ses utilisateurs par cet émetteur et cet attribut',
    text: 'Choisissez un autre émetteur ou un autre attribut.',
  },
  'not-restorable': {
    title: 'Cela ne peut pas être rétabli',
    text: 'Vérifiez son état actuel : il n’est peut-être pas supprimé, ou le délai de 30 jours est passé.',
  },
  'not-erasable': {
    title: 'Seul un utilisateur supprimé peut être effacé',
    text: 'Supprimez-le d’abord. Personne ne s’efface soi-même.',
  },
  'legal-hold': {
    title: 'Une conservation légale garde ce qui serait supprimé',
    text: 'Une personne qui gère les droits d’accès peut la lever dans les paramètres.',
  },
  'external-id-taken': {
    title: 'L’identifiant externe appartient à un autre utilisateur',
    text: 'Choisissez un autre identifiant externe.',
  },
  'quota-exceeded': {
    title: 'Une limite serait dépassée',
    text: 'Retirez ce qui ne sert plus, ou répartissez la modification en plusieurs.',
  },
  'feature-off': {
    title: 'L’organisation n’a pas la fonction que cette permission demande',
    text: 'Adressez-vous aux opérateurs pour obtenir cette fonction.',
  },
  'permission-missing': {
    title: 'Il manque une permission dont une autre a besoin',
    text: 'Cochez aussi la permission qui manque, ou décochez celle qui en a besoin.',
  },
  'permission-excluded': {
    title: 'Des permissions s’excluent l’une l’autre',
    text: 'Gardez l’une des deux.',
  },
  'granted-by-wider': {
    title: 'La permission est détenue par une permission plus large',
    text: 'Retirez d’abord la permission plus large, ou remplacez-la par celles qui doivent rester.',
  },
  'rules-off': {
    title: 'Il n’y a pas de règles dans le catalogue de cette organisation',
    text: 'Il n’y a donc rien à régler ici.',
  },
  'owner-needed': {
    title: 'Plusieurs de vos rôles pourraient posséder la règle',
    text: 'Choisissez l’un d’eux.',
  },
  'policies-not-applicable': {
    title: 'Les permissions de cet utilisateur valent pour toutes les stratégies',
    text: 'Réglez-les pour le compte entier.',
  },
  'personal-grants-off': {
    title: 'Le catalogue de cette organisation n’a pas de permissions personnelles',
    text: 'Donnez la permission par un rôle.',
  },
  'switch-fixed': {
    title: 'Dans ce catalogue, les droits d’accès sont toujours appliqués',
    text: 'Ils ne peuvent pas être désactivés.',
  },
  'not-invitable': {
    title: 'Cet utilisateur ne peut pas être invité',
    text: 'Une connexion lui est déjà liée : retirez-la d’abord.',
  },
  'owned-by-directory': {
    title: 'L’annuaire en est le propriétaire',
    text: 'Faites la modification dans l’annuaire.',
  },
  'run-active': {
    title: 'Une autre exécution de cet annuaire n’est pas terminée',
    text: 'Attendez qu’elle soit terminée, ou abandonnez-la.',
  },
  'source-off': {
    title: 'La synchronisation de cet annuaire est désactivée',
    text: 'Activez-la d’abord.',
  },
  'full-run-needed': {
    title: 'Cet annuaire a besoin d’une exécution complète',
    text: 'Livrez l’annuaire entier.',
  },
  'cursor-differs': {
    title: 'Le curseur n’est pas celui de la dernière exécution',
    text: 'Recommencez à partir du dernier curseur, ou livrez l’annuaire entier.',
  },
  'run-not-open': {
    title: 'L’exécution n’accepte plus rien',
    text: 'Ouvrez une nouvelle exécution.',
  },
  'batch-differs': {
    title: 'Cette partie a été reçue avec un autre contenu',
    text: 'Abandonnez l’exécution et recommencez.',
  },
  'batch-out-of-order': {
    title: 'Une autre partie vient d’abord',
    text: 'Envoyez les parties dans leur ordre.',
  },
  'content-differs': {
    title: 'Ce qui a été reçu n’est pas ce que dit la validation',
    text: 'Abandonnez l’exécution et recommencez.',
  },
  'run-not-held': {
    title: 'L’exécution n’est pas retenue',
    text: 'Il n’y a plus rien à décider : rechargez la page pour voir son état.',
  },
  'plan-differs': {
    title: 'Le plan n’est plus celui que vous avez lu',
    text: 'Rechargez la page, relisez le plan, puis décidez.',
  },
  'idempotency-mismatch': {
    title: 'La clé d’idempotence a servi à une autre demande',
    text: 'Rechargez la page et recommencez.',
  },
  'no-snapshot': {
    title: 'La session suit les données actuelles',
    text: 'Les modifications prennent effet immédiatement : il n’y a pas d’état figé à lire.',
  },
  'preview-changed': {
    title: 'La modification ne ferait plus ce que montrait l’aperçu',
    text: 'Lisez le nouvel aperçu, puis envoyez.',
  },
  'not-sealed': {
    title: 'L’événement n’est pas encore scellé',
    text: 'Il l’est quelques minutes après s’être produit : réessayez ensuite.',
  },
  'events-expired': {
    title: 'Les événements ont quitté le service',
    text: 'Cherchez-les dans les fichiers exportés.',
  },
  'precondition-failed': {
    title: 'Quelqu’un a modifié ceci depuis que vous l’avez lu',
    text: 'Rechargez, puis refaites votre modification sur ce qui s’y trouve maintenant.',
  },
  'run-held': {
    title: 'Une exécution de cet annuaire attend une décision',
    text: 'Approuvez-la ou rejetez-la d’abord.',
  },
  'payload-too-large': {
    title: 'Le contenu est trop volumineux',
    text: 'Répartissez-le en plusieurs envois.',
  },
  'unsupported-media-type': {
    title: 'Ce type de contenu n’est pas accepté',
    text: 'Choisissez un fichier d’un type accepté.',
  },
  'precondition-required': {
    title: 'La demande doit nommer l’état qu’elle modifie',
    text: 'Rechargez la page et recommencez.',
  },
  'too-many-requests': {
    title: 'Trop de demandes',
    text: 'Attendez un moment, puis recommencez.',
  },
  internal: {
    title: 'Une erreur s’est produite de notre côté',
    text: 'Réessayez. Si cela se répète, signalez-le avec le numéro de la requête.',
  },
  'out-of-time': {
    title: 'La demande n’a pas abouti à temps',
    text: 'Vérifiez ce qui a été fait, puis réessayez.',
  },
  busy: {
    title: 'Trop de choses se passent en même temps',
    text: 'Réessayez dans un moment.',
  },
};
export default unbroken(refusals);
