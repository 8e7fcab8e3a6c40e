// What can be granted, as a tree of check boxes with their descriptions (C51-81, S12-30). Its looks follow from the
// catalogue alone: what a permission includes stands below it, what it requires or excludes dims its box, and a tick in
// a wider permission is shown in all that it gives.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Fragment, useState } from 'react';
import { useAll, useRead } from '../api/reads.ts';
import { useMay, useMe } from '../shell/me.ts';
import { useTexts } from '../texts/texts.ts';
import { type Catalogue, type Permission, useCatalogue } from './catalogue.ts';
import { type Choices, LimitsEditor, limitsInWords } from './grant-limits.tsx';
import {
  type Dimension,
  dimensions,
  everything,
  type Grant,
  type GrantSet,
  isPartly,
  isTicked,
  ownGrants,
  type PermissionNode,
  settled,
  throughOthers,
  treeOf,
  whyNot,
  widenerIn,
  withoutTicked,
  withTicked,
} from './grants.ts';
import { catalogueTexts } from './texts.ts';

interface GrantTreeProps {
  /** The whole set. Permissions that the tree does not show stay as they are. */
  readonly grants: GrantSet;
  /** Gets a whole set that the service takes. */
  readonly onChange?: (grants: Grant[]) => void;
  readonly readOnly?: boolean;
  /** Which permissions it shows: all of the catalogue, unless said otherwise. */
  readonly shown?: (permission: Permission) => boolean;
}

/** A grant that gives nothing yet, because nothing is selected in one of its lists; and what went with it (CT-77). */
interface Hollow {
  readonly grant: Grant;
  readonly dropped: GrantSet;
}

const isHollow = (grant: Grant): boolean => dimensions.some((dimension) => grant[dimension]?.length === 0);

/** The worked example of CT-75 and CT-76, told with the titles of this catalogue. */
const Example = ({ node, catalogue }: { node: PermissionNode; catalogue: Catalogue }) => {
  const t = useTexts(catalogueTexts);
  const parts = node.children.map(({ permission }) => permission);
  const edit = parts.find(({ limits }) => limits?.includes('actionTypes'));
  const [add, remove] = parts.filter(({ requires }) => edit && requires?.includes(edit.id));
  const type = catalogue.actionTypes[1] ?? catalogue.actionTypes[0];
  if (!edit || !add || !remove || !type) return null;
  return (
    <ExpandableSection variant="footer" headerText={t.example}>
      <Box variant="p">{t.exampleText(edit.title, add.title, remove.title, type.title)}</Box>
    </ExpandableSection>
  );
};

const Tree = ({
  catalogue,
  grants,
  onChange = () => {},
  readOnly = false,
  shown = () => true,
}: GrantTreeProps & { catalogue: Catalogue }) => {
  const t = useTexts(catalogueTexts);
  const me = useMe();
  const may = useMay();
  const { permissions } = catalogue;
  const [hollows, setHollows] = useState<readonly Hollow[]>([]);
  const [first] = useState(grants);
  const forPolicies = ({ levels }: Permission) => levels.includes('policy');
  const policies = useAll('listPolicies', {}, { when: may('listPolicies') && permissions.some(forPolicies) });
  const tenant = useRead('getTenant', {}, { when: me.accessManager && catalogue.features.length > 0 });
  const features = tenant.data?.body.features ?? catalogue.features.map(({ id }) => id);
  const isOn = ({ feature }: Permission) => feature === undefined || features.includes(feature);
  const choices: Choices = {
    policies: (policies.data ?? []).map(({ id, name }) => ({ id, title: name })),
    actionTypes: catalogue.actionTypes,
    ruleTypes: catalogue.ruleTypes,
  };
  const titleOf = (id: string) =>
    id === everything ? t.everything : (permissions.find((one) => one.id === id)?.title ?? id);
  const titles = (ids: readonly string[]) => ids.map(titleOf).join(', ');
  const listed = permissions.filter((one) => shown(one) && (isOn(one) || ownGrants(grants, one.id).length > 0));
  const widener = widenerIn(permissions, grants);

  const hollowsOf = (id: string): readonly Hollow[] =>
    readOnly || throughOthers(permissions, grants, id).length > 0
      ? []
      : hollows.filter(({ grant }) => grant.permission === id);

  const tick = (id: string, checked: boolean) => {
    setHollows(hollows.filter(({ grant }) => grant.permission !== id));
    const levels = permissions.find((one) => one.id === id)?.levels ?? ['account'];
    if (!checked) onChange(withoutTicked(permissions, grants, id, isOn));
    else if (levels.includes('account')) onChange(withTicked(permissions, grants, id));
    else setHollows([...hollows, { grant: { permission: id, policies: [] }, dropped: [] }]);
  };

  /** Puts one grant in the place of another; `of` is the hollow that it was, if it was one. */
  const edit = (was: Grant, now: Grant, of: Hollow | undefined) => {
    const others = hollows.filter((one) => one !== of);
    const back = of?.dropped ?? [];
    if (isHollow(now)) {
      const rest = grants.filter((grant) => grant !== was);
      const left = settled(permissions, rest);
      const dropped = [...back, ...rest.filter((grant) => !left.includes(grant))];
      setHollows([...others, { grant: now, dropped }]);
      onChange(left);
    } else {
      setHollows(others);
      const set = of ? [...grants, now, ...back] : grants.map((grant) => (grant === was ? now : grant));
      onChange(settled(permissions, set));
    }
  };

  const limits = (permission: Permission) => {
    const { id, title } = permission;
    const of: Dimension[] = [
      ...(permission.limits ?? []),
      ...(forPolicies(permission) && choices.policies.length > 0 ? (['policies'] as const) : []),
    ];
    const own = ownGrants(grants, id);
    const lines: { grant: Grant; hollow?: Hollow }[] = [
      ...own.map((grant) => ({ grant })),
      ...hollowsOf(id).map((hollow) => ({ grant: hollow.grant, hollow })),
    ];
    const said = lines.map(({ grant }) => limitsInWords(t, grant, choices)).filter((one) => one !== '');
    if (readOnly) return said.map((one) => <Box key={one}>{one}</Box>);
    if (lines.length === 0 || of.length === 0) return null;
    const isLimited = ({ grant }: { grant: Grant }) => dimensions.some((dimension) => grant[dimension] !== undefined);
    const reach = said.join('; ') || of.map((dimension) => t.dimensions[dimension].all).join(', ');
    const named = (n: number) => (lines.length > 1 ? `${title}, ${t.line(n + 1, lines.length)}` : title);
    return (
      <ExpandableSection
        variant="footer"
        headerText={
          <>
            {reach} – <u>{t.change}</u>
          </>
        }
        headerAriaLabel={`${reach} – ${t.change}. ${t.limitsOf(title)}`}
        defaultExpanded={lines.some(isLimited) || permission.limits?.includes('actionTypes') === true}
      >
        <SpaceBetween size="l">
          {lines.map(({ grant, hollow }, n) => (
            <LimitsEditor
              key={n}
              title={named(n)}
              {...{ grant, of, choices }}
              widener={widener === undefined ? undefined : titleOf(widener)}
              onChange={(now) => edit(grant, now, hollow)}
              onRemove={
                lines.length > 1
                  ? () => {
                      setHollows(hollows.filter((one) => one !== hollow));
                      onChange(
                        settled(
                          permissions,
                          grants.filter((one) => one !== grant),
                        ),
                      );
                    }
                  : undefined
              }
            />
          ))}
          {of.length > 1 && lines.every(isLimited) && (
            <Button
              variant="inline-link"
              onClick={() =>
                setHollows([...hollows, { grant: { permission: id, [of[0] as Dimension]: [] }, dropped: [] }])
              }
            >
              {t.addLine}
            </Button>
          )}
        </SpaceBetween>
      </ExpandableSection>
    );
  };

  const node = ({ permission, children }: PermissionNode) => {
    const { id, title, alsoKnownAs, description } = permission;
    const ticked = isTicked(permissions, grants, id) || hollowsOf(id).length > 0;
    const against = ticked ? undefined : whyNot(permissions, grants, id);
    const through = throughOthers(permissions, grants, id);
    const why =
      against?.why === 'requires'
        ? t.needs(titles(against.permissions))
        : against && t.excluded(titles(against.permissions));
    const notes = [why, through.length > 0 ? t.comesWith(titles(through)) : undefined].filter(
      // A description may say it already.
      (one) => one !== undefined && !description.includes(one.replace(/\.$/, '')),
    );
    return (
      <SpaceBetween key={id} size="xxs">
        <Checkbox
          checked={ticked}
          indeterminate={isPartly(permissions, grants, id)}
          readOnly={readOnly}
          disabled={!readOnly && against !== undefined}
          description={[description, ...notes].join(' ')}
          onChange={({ detail }) => tick(id, detail.checked)}
        >
          {alsoKnownAs === undefined ? title : t.also(title, alsoKnownAs)}
        </Checkbox>
        <Box margin={{ left: 'xl' }}>
          <SpaceBetween size="s">
            {limits(permission)}
            {children.map((child) => node(child))}
            {!readOnly && children.length > 0 && <Example node={{ permission, children }} catalogue={catalogue} />}
          </SpaceBetween>
        </Box>
      </SpaceBetween>
    );
  };

  const all = grants.some(({ permission }) => permission === everything);
  const included = permissions.some(({ includes }) => includes?.includes(everything));
  const noLonger = !readOnly && !all && first.some(({ permission }) => permission === everything);
  return (
    <SpaceBetween size="l">
      {noLonger && <Alert type="info">{t.noLonger}</Alert>}
      {(all || (!readOnly && !included && me.accessManager)) && (
        <Checkbox
          checked={all}
          indeterminate={isPartly(permissions, grants, everything)}
          readOnly={readOnly}
          description={t.everythingText}
          onChange={({ detail }) =>
            onChange(
              detail.checked ? [{ permission: everything }] : withoutTicked(permissions, grants, everything, isOn),
            )
          }
        >
          {t.everything}
        </Checkbox>
      )}
      {treeOf(listed).map(({ area, nodes }) => (
        <section key={area} aria-label={area}>
          <SpaceBetween size="s">
            <Header variant="h3">{area}</Header>
            {nodes.map((one) => (
              <Fragment key={one.permission.id}>{node(one)}</Fragment>
            ))}
          </SpaceBetween>
        </section>
      ))}
    </SpaceBetween>
  );
};

export const GrantTree = (props: GrantTreeProps) => {
  const catalogue = useCatalogue();
  return catalogue === undefined ? null : <Tree {...props} catalogue={catalogue} />;
};
