// The pages of the sign-in on this machine: plain markup of the server without a script, in English or French.
import { contentSecurityPolicy } from '../../../shared/http/security-headers.ts';
import { type Markup, markup } from '../../markup.ts';
import type { GatewayReply } from '../event.ts';
import { siteReply } from '../site.ts';

const english = {
  title: 'Sign in on this machine',
  about: 'This sign-in is for trying Holdfast out. It asks for no password, and only this machine reaches it.',
  tenant: 'Tenant',
  otherTenant: 'Or another tenant, by its id',
  user: 'User',
  userHelp:
    'Choose one of the people of the tenant. Somebody who is not in the list is typed by their “subject”: the fixed text by which the sign-in knows a person, whatever their name or mail is.',
  signIn: 'Sign in',
  operator: 'Operator',
  operatorHelp: 'Operators create, suspend and recover tenants. They see nothing inside them.',
  asOperator: 'Continue as operator',
  tenantFault: 'Choose a tenant, or give the id of one: t and 12 characters.',
  userFault: 'Say who signs in.',
  stale: 'This page was too old. Sign in again.',
  refused: 'This sign-in cannot go on',
  client: 'The page that led here is not the console: "client_id" must be "holdfast-console".',
  redirect: 'The page that led here is not the console: "redirect_uri" must be a page below /console/ on this machine.',
  endTitle: 'Sign out',
  endAsk: (who: string) => `You are signed in as ${who}. Sign out of this machine?`,
  end: 'Sign out',
  ended: 'You are signed out',
  console: 'Open the console',
};
type PageTexts = typeof english;
const french: PageTexts = {
  title: 'Connexion sur cet ordinateur',
  about:
    'Cette connexion sert à essayer Holdfast. Elle ne demande aucun mot de passe, et seul cet ordinateur y a accès.',
  tenant: 'Organisation',
  otherTenant: 'Ou une autre organisation, par son identifiant',
  user: 'Utilisateur',
  userHelp:
    'Choisissez une des personnes de l’organisation. Pour quelqu’un qui n’est pas dans la liste, saisissez son « sujet » : le texte fixe par lequel la connexion reconnaît une personne, quels que soient son nom et son courriel.',
  signIn: 'Se connecter',
  operator: 'Opérateur',
  operatorHelp:
    'Les opérateurs créent, suspendent et rétablissent des organisations. Ils ne voient rien de leur contenu.',
  asOperator: 'Continuer comme opérateur',
  tenantFault: 'Choisissez une organisation, ou donnez son identifiant : t et 12 caractères.',
  userFault: 'Indiquez qui se connecte.',
  stale: 'Cette page était trop ancienne. Connectez-vous de nouveau.',
  refused: 'Cette connexion ne peut pas continuer',
  client: 'La page d’origine n’est pas la console : « client_id » doit être « holdfast-console ».',
  redirect:
    'La page d’origine n’est pas la console : « redirect_uri » doit être une page sous /console/ de cet ordinateur.',
  endTitle: 'Déconnexion',
  endAsk: (who: string) => `Vous êtes connecté en tant que ${who}. Se déconnecter de cet ordinateur ?`,
  end: 'Se déconnecter',
  ended: 'Vous êtes déconnecté',
  console: 'Ouvrir la console',
};
const texts = { en: english, fr: french };
type Language = keyof typeof texts;

/** The language that is wanted most: by the client (`ui_locales`), then by the browser (`Accept-Language`). */
export const languageOf = (locales = '', accepted = ''): Language => {
  const weighed = accepted
    .split(',')
    .map((part) => part.split(';').map((piece) => piece.trim()))
    .map(([tag = '', ...more]) => ({ tag, q: Number(more.find((one) => one.startsWith('q='))?.slice(2) ?? 1) }))
    .filter(({ q }) => q > 0)
    .sort((one, other) => other.q - one.q);
  const tags = [...locales.split(' '), ...weighed.map(({ tag }) => tag)];
  const primary = tags.map((tag) => tag.toLowerCase().split('-')[0]);
  return primary.find((one): one is Language => one === 'en' || one === 'fr') ?? 'en';
};

/** Names that a form hands on, with their values. */
export type Handed = readonly (readonly [name: string, value: string])[];

export interface Choices {
  /** The tenant to begin with. */
  readonly tenant: string | undefined;
  readonly tenants: readonly { readonly id: string; readonly name: string }[];
  readonly people: readonly { readonly subject: string; readonly name: string }[];
}

interface SignInForm extends Choices {
  readonly handed: Handed;
  readonly user: string;
  /** True when the client asks for what operators may do, and for nothing else. */
  readonly operatorsOnly: boolean;
  readonly fault?: 'tenantFault' | 'userFault' | 'stale' | undefined;
}

const hidden = (handed: Handed): Markup[] =>
  handed.map(([name, value]) => markup`<input type="hidden" name="${name}" value="${value}">`);

const option = (value: string, label: string, chosen: boolean): Markup =>
  chosen
    ? markup`<option value="${value}" selected>${label}</option>`
    : markup`<option value="${value}">${label}</option>`;

const forPerson = (text: PageTexts, { handed, tenants, people, tenant, user }: SignInForm): Markup => {
  const isListed = tenants.some(({ id }) => id === tenant);
  const listed = tenants.map(({ id, name }) => option(id, `${name} · ${id}`, id === tenant));
  const hinted = tenant !== undefined && !isListed ? [option(tenant, tenant, true)] : [];
  return markup`<form method="post" action="authorize">${hidden(handed)}
<p><label for="tenant">${text.tenant}</label><select id="tenant" name="tenant">${[...hinted, ...listed]}</select></p>
<p><label for="other">${text.otherTenant}</label><input id="other" name="other" autocomplete="off" spellcheck="false"></p>
<p><label for="user">${text.user}</label><input id="user" name="user" value="${user}" list="people" required autocomplete="off" spellcheck="false" aria-describedby="user-help"><datalist id="people">${people.map(({ subject, name }) => option(subject, name, false))}</datalist><span class="soft" id="user-help">${text.userHelp}</span></p>
<button>${text.signIn}</button></form>`;
};

const forOperator = (text: PageTexts, { handed, operatorsOnly }: SignInForm): Markup =>
  markup`<form method="post" action="authorize" class="${operatorsOnly ? 'only' : 'second'}">${hidden(handed)}
<p><label for="operator">${text.operator}</label><input id="operator" name="operator" value="local-operator" required autocomplete="off" spellcheck="false" aria-describedby="operator-help"><span class="soft" id="operator-help">${text.operatorHelp}</span></p>
<button>${text.asOperator}</button></form>`;

const whole = (language: Language, title: string, content: Markup): string =>
  markup`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Holdfast</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="page.css">
</head>
<body>
<main>
<p class="product">Holdfast</p>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`.text;

const page = (status: number, language: Language, title: string, content: Markup, form: readonly string[] = []) =>
  siteReply(status, 'text/html; charset=utf-8', whole(language, title, content), {
    'content-language': language,
    vary: 'accept-language',
    'content-security-policy': contentSecurityPolicy({ form }),
  });

/** @param leadsTo the origin to which the answer to the form leads: a browser asks the page for it, too */
export const signInPage = (language: Language, leadsTo: string, form: SignInForm): GatewayReply => {
  const text = texts[language];
  const content = markup`<p>${text.about}</p>
${form.fault !== undefined && markup`<p class="fault" role="alert">${text[form.fault]}</p>`}
${!form.operatorsOnly && forPerson(text, form)}
${forOperator(text, form)}`;
  return page(form.fault === undefined ? 200 : 400, language, text.title, content, [leadsTo]);
};

export const refusedPage = (language: Language, why: 'client' | 'redirect'): GatewayReply => {
  const text = texts[language];
  return page(400, language, text.refused, markup`<p>${text[why]}</p>${toConsole(text)}`);
};

/** Asks before it signs somebody out, because any page can lead here (CSRF). */
export const signOutPage = (language: Language, who: string, leadsTo: readonly string[], handed: Handed) => {
  const text = texts[language];
  const form = markup`<form method="post" action="endsession">${hidden(handed)}<button>${text.end}</button></form>`;
  return page(200, language, text.endTitle, markup`<p>${text.endAsk(who)}</p>${form}`, leadsTo);
};

export const signedOutPage = (language: Language): GatewayReply => {
  const text = texts[language];
  return page(200, language, text.ended, toConsole(text));
};

const toConsole = (text: PageTexts): Markup => markup`<p><a class="button" href="/console/">${text.console}</a></p>`;
