// Rules in one cell: how many, and the first of them by name.
import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Fragment } from 'react';
import { useLink } from '../shell/go.ts';
import { useTexts } from '../texts/texts.ts';
import { onRulesTexts } from './texts.ts';

/** Names in one cell. */
const few = 3;

export const Which = ({
  rules,
  all,
  pathOf,
}: {
  rules: readonly { readonly id: string; readonly name: string }[];
  /** How many rules there are. */
  all: number;
  /** Where the name of a rule leads. */
  pathOf(rule: string): string;
}) => {
  const t = useTexts(onRulesTexts);
  const link = useLink();
  if (all === 0) return <>{t.noRules}</>;
  if (rules.length === 0) return <>{t.noRule}</>;
  return (
    <SpaceBetween size="xxs">
      <div>{rules.length === all ? t.allRules(all) : t.someRules(rules.length, all)}</div>
      <Box fontSize="body-s">
        {rules.slice(0, few).map(({ id, name }, at) => (
          <Fragment key={id}>
            {at > 0 && ', '}
            <Link fontSize="body-s" {...link(pathOf(id))}>
              {name}
            </Link>
          </Fragment>
        ))}
        {rules.length > few && ', …'}
      </Box>
    </SpaceBetween>
  );
};
