// A user's own grants: read-only until Edit (FP-19), account permissions as check boxes (FP-20), policy permissions as a
// table (FP-22, FP-23). Nothing changes until Save (FP-27).
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useAll, useRead } from '../../api/reads.ts';
import type { Catalogue, Permission } from '../../catalogue/catalogue.ts';
import { GrantTree } from '../../catalogue/grant-tree.tsx';
import { type Grant, type GrantSet, sameGrants, widenerIn } from '../../catalogue/grants.ts';
import { useChanges } from '../../changes/changes.tsx';
import { waitingBody } from '../../changes/steps.ts';
import { EditBar } from '../../parts/edit-bar.tsx';
import { Loaded } from '../../parts/page.tsx';
import { useMay, useMe } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { addsTo, holdingOf, policiesIn } from './columns.ts';
import { PolicyPermissions } from './policy-permissions.tsx';
import { userTexts } from './texts.ts';

interface Subject {
  readonly id: string;
  readonly name: string;
}

/** Grants with the tag under which they were read. */
interface Tagged {
  readonly grants: GrantSet;
  readonly etag: string | undefined;
}

interface Editor {
  readonly user: Subject;
  readonly catalogue: Catalogue;
  /** As they are, or as they will be by what waits. */
  readonly given: Tagged;
  readonly waits: boolean;
}

/** Policies by id: those that exist and those that waiting changes create. */
const usePolicies = (): ReadonlyMap<string, string> => {
  const may = useMay();
  const { waiting } = useChanges();
  const { data = [] } = useAll('listPolicies', {}, { when: may('listPolicies') });
  return new Map([
    ...data.map(({ id, name }) => [id, name] as const),
    ...waiting.flatMap(({ operation, as, body }) =>
      operation === 'createPolicy' && as !== undefined ? [[`$${as}`, (body as { name: string }).name] as const] : [],
    ),
  ]);
};

/** The permission by which a role lets the user's grants for policies count for all of them. */
const useWidener = (user: string, catalogue: Catalogue): string | undefined => {
  const me = useMe();
  const wideners = catalogue.permissions.filter(({ widens }) => widens);
  const { data } = useRead(
    'getEffectivePermissions',
    { params: { userId: user } },
    { when: me.accessManager && wideners.length > 0 },
  );
  return data?.body.permissions.find(
    ({ permission, paths }) =>
      wideners.some(({ id }) => id === permission) && paths.some(({ via }) => via !== 'personal'),
  )?.permission;
};

const isForAccount = ({ levels }: Permission): boolean => !levels.includes('policy');

const of =
  (id: string) =>
  ({ permission }: Grant): boolean =>
    permission === id;

const PermissionsEditor = ({ user, catalogue, given, waits }: Editor) => {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const me = useMe();
  const may = useMay();
  const policies = usePolicies();
  const { save, gathers } = useChanges();
  const widener = useWidener(user.id, catalogue);
  const features = useRead('getTenant', {}, { when: me.accessManager }).data?.body.features;
  /** What an edit began with, and what it has come to; absent: they are read only. */
  const [edit, setEdit] = useState<{ readonly from: Tagged; readonly grants: GrantSet }>();
  const editing = edit !== undefined;
  // The edit keeps what it began with, so that what somebody else saves meanwhile is a conflict, and is not lost.
  const { grants: had, etag } = edit?.from ?? given;
  const grants = edit?.grants ?? had;
  const changed = !sameGrants(had, grants);
  const change = (next: GrantSet) => edit && setEdit({ ...edit, grants: next });

  const on = new Set(features ?? catalogue.features.map(({ id }) => id));
  const listed = catalogue.permissions.filter(
    // What a feature brings is absent where the tenant lacks it (FP-53), unless it was granted before.
    ({ id, feature }) => feature === undefined || on.has(feature) || had.some(({ permission }) => permission === id),
  );
  const policyPermissions = listed.filter(({ levels }) => levels.includes('policy'));
  // One area is headed by its own name.
  const areas = new Set(listed.filter(isForAccount).map(({ area }) => area));
  const crowding = listed.filter(
    ({ id, expectedHolders }) => expectedHolders !== undefined && addsTo(had.filter(of(id)), grants.filter(of(id))),
  );

  const submit = async () => {
    const outcome = await save(
      [{ operation: 'putUserGrants', params: { userId: user.id }, body: { grants }, ifMatch: etag ?? '*' }],
      {
        done: t.saved(user.name, me.changesTakeEffect),
        ...(addsTo(grants, had) && !gathers && { ask: { title: t.takeAway(user.name), yes: words.save } }),
      },
    );
    if (outcome.became !== 'left') setEdit(undefined);
  };
  const isMe = user.id === me.user.id;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h2"
        description={editing ? t.takesEffect[me.changesTakeEffect] : t.ownGrants}
        actions={
          !editing &&
          may('putUserGrants') && (
            <Button onClick={() => setEdit({ from: given, grants: given.grants })}>{words.edit}</Button>
          )
        }
      >
        {t.permissions}
      </Header>
      {waits && <Alert type="info">{t.waits}</Alert>}
      {editing && isMe && <Alert type="warning">{t.editsOneself}</Alert>}
      {editing &&
        crowding.map(({ id, title, expectedHolders = 1 }) => (
          <Alert key={id} type="warning">
            {t.expected(title, expectedHolders)}
          </Alert>
        ))}
      <Container header={areas.size > 1 && <Header variant="h2">{t.accountPermissions}</Header>}>
        <GrantTree shown={isForAccount} grants={grants} readOnly={!editing} onChange={change} />
      </Container>
      {policyPermissions.length > 0 && (
        <PolicyPermissions
          ground={{ permissions: catalogue.permissions, holding: holdingOf(me, catalogue), grants }}
          permissions={policyPermissions}
          policies={policies}
          granted={policiesIn(grants)}
          widener={widenerIn(catalogue.permissions, grants) ?? widener}
          onChange={editing ? change : undefined}
        />
      )}
      {editing && <EditBar dirty={changed} onSave={submit} onCancel={() => setEdit(undefined)} />}
    </SpaceBetween>
  );
};

/** The *Permissions* tab in a catalogue where users have grants of their own. */
export const Permissions = ({ user, catalogue }: { user: Subject; catalogue: Catalogue }) => {
  const { waiting } = useChanges();
  const grants = useRead('getUserGrants', { params: { userId: user.id } });
  const waits = waitingBody<{ grants: Grant[] }>(waiting, 'putUserGrants', { userId: user.id });
  return (
    <Loaded query={grants}>
      {({ body, etag }) => (
        <PermissionsEditor
          user={user}
          catalogue={catalogue}
          given={{ grants: waits?.grants ?? body.grants, etag }}
          waits={waits !== undefined}
        />
      )}
    </Loaded>
  );
};
