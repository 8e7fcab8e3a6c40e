// What is wrong with the tenant, for those who can mend it (CT-06, CT-44): one strip, which says what to do.
import Alert from '@cloudscape-design/components/alert';
import Link from '@cloudscape-design/components/link';
import { useState } from 'react';
import type { AnswerOf } from '../../../clients/typescript/index.ts';
import { Name, useName } from '../api/names.tsx';
import { useRead } from '../api/reads.ts';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { useLink } from './go.ts';
import { useMay } from './me.ts';
import { closedStrips, closeStrips } from './preferences.ts';
import { shellTexts } from './texts.ts';

type Managers = NonNullable<AnswerOf<'getTenant'>['accessManagers']>;
type NoManager = Managers['wouldNotCount'][number];

/** Those who would count are named, as many as stand in a strip: each may be a request. */
const mostNamed = 3;

/** Somebody who has the permission and does not count: why, and the way to make the person count. */
const WouldCount = ({ user, why }: NoManager) => {
  const t = useTexts(shellTexts);
  const link = useLink();
  const name = useName(user)?.name ?? user;
  const isNew = why === 'never-signed-in';
  const { bound, invited } = useRead('getUser', { params: { userId: user } }, { when: isNew }).data?.body ?? {};
  const reason = !isNew || bound ? why : invited ? 'invited' : 'not-invited';
  // A client never counts, whatever is done.
  const mend = reason === 'machine' ? undefined : t.makeCount[reason];
  return (
    <>
      {t.wouldCount[reason](name)} {mend && <Link {...link(`/users/${user}`)}>{mend(name)}</Link>}
      {mend && '. '}
    </>
  );
};

/** Who the one is, who would be the second and why not, and how somebody becomes it. */
const OnlyOne = ({ managers: { users, wouldNotCount } }: { managers: Managers }) => {
  const t = useTexts(shellTexts);
  const words = useTexts(common);
  const link = useLink();
  const may = useMay();
  // Where people have permissions of their own, the right is given there.
  const path = may('getUserGrants') ? '/users' : '/roles';
  return (
    <>
      <strong>
        {t.onlyOne}
        {words.colon}
      </strong>
      {users.map((user) => (
        <Name key={user} id={user} />
      ))}
      {'. '}
      {may('getUser') && wouldNotCount.slice(0, mostNamed).map((one) => <WouldCount key={one.user} {...one} />)}
      {wouldNotCount.length > mostNamed && `${t.othersWouldCount(wouldNotCount.length - mostNamed)} `}
      <Link {...link(path)}>{t.giveToSecond}</Link>
    </>
  );
};

export const Strips = () => {
  const t = useTexts(shellTexts);
  const may = useMay();
  const tenant = useRead('getTenant', {}, { when: may('updateTenant') }).data?.body;
  const link = useLink();
  const [closed, setClosed] = useState(closedStrips);
  if (!tenant) return null;
  const { warnings = [], accessManagers } = tenant;
  const isOpen = (word: string) => warnings.includes(word) && !closed.includes(word);
  const close = (word: string) => {
    closeStrips([...closed, word]);
    setClosed([...closed, word]);
  };
  const isOff = isOpen('access-rights-not-enforced');
  const onlyOne = isOpen('only-one-access-manager') && accessManagers && (
    <>
      <OnlyOne managers={accessManagers} /> · <Link onFollow={() => close('only-one-access-manager')}>{t.notNow}</Link>
    </>
  );
  if (!isOff && !onlyOne) return null;
  return (
    <Alert type="warning" header={isOff && t.notEnforced}>
      {isOff && (
        <div>
          {t.notEnforcedText} <Link {...link('/roles')}>{t.switchOn}</Link>.
        </div>
      )}
      {onlyOne}
    </Alert>
  );
};
