// Refusals in a quiet tenant are right: a destructive request is refused as a lock-out exactly when the naive oracle says
// that it would be one, and a refusal changes nothing.
import type { Random } from '../../infra/local/model/index.ts';
import { call } from './calling.ts';
import { destructive } from './oracle.ts';
import { Draw, type Site } from './steps.ts';

interface QuietFigures {
  asked: number;
  refused: number;
}

/** Asks `times` times; `refresh` brings the facts up to date where no commit hook does. */
export const quietRefusals = async (
  site: Site,
  random: Random,
  times: number,
  refresh: () => Promise<void> = async () => {},
): Promise<{ found: string[]; figures: QuietFigures }> => {
  const found: string[] = [];
  const figures = { asked: 0, refused: 0 };
  for (let n = 0; n < times; n += 1) {
    const draw = new Draw(random, site);
    const actor = random.pick(draw.canSignIn(draw.keepers()));
    // A first sign-in by a claim makes a holder, so it must not happen between two of the questions.
    await call('getTenant', { as: draw.tokenOf(actor) }, `quiet-${site.tenant}-${n}-sign-in`);
    await refresh();
    const one = destructive(random, site.facts);
    if (!one) continue;
    const before = site.facts.content;
    const lockOut = one.after.holders().size === 0;
    const reply = await call(
      one.id,
      { as: draw.tokenOf(actor), ...one.request },
      `quiet-${site.tenant}-${n}-${random.int(1e9)}`,
    );
    await refresh();
    figures.asked += 1;
    const refused = reply.body?.code === 'last-access-manager';
    if (refused) figures.refused += 1;
    const holders = [...one.after.holders().keys()].join();
    const what = `${one.id} ${JSON.stringify(one.request)} by ${actor} answered ${reply.status} ${reply.body?.code ?? ''}`;
    if (refused !== lockOut) found.push(`${what}; naively it would leave these holders: ${holders || 'none'}`);
    else if (!refused && reply.status >= 400) found.push(`${what}: nothing speaks against it`);
    if (refused && site.facts.content !== before) found.push(`${what}, and changed something`);
  }
  return { found: found.map((line) => `quiet, ${site.tenant}: ${line}`), figures };
};
