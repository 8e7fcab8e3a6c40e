// What a call of the command may suffer: its process ends between any two steps, a request comes twice, an answer is lost.
import type { Api } from '../../clients/directory-sync/api.ts';
import type { PassOptions } from '../../clients/directory-sync/pass.ts';
import { type Disk, disk } from '../../clients/directory-sync/state.ts';
import { HoldfastUnreachable } from '../../clients/typescript/index.ts';
import type { Random } from '../../infra/local/model/random.ts';
import type { Kill } from '../support/kill.ts';

export const quiet = { say: () => {}, fault: () => {}, progress: () => {} };
export const options: PassOptions = { mapping: {}, reading: 'r' };

/** What a request may suffer on its way: twice, or done without an answer. */
export const throughNetwork = (api: Api, random: Random, troubled: boolean, kill: Kill): Api => {
  const through =
    <A extends unknown[], T>(request: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> =>
      kill.step(async () => {
        const answer = await request(...args);
        if (troubled && random.chance(0.1)) throw new HoldfastUnreachable('x', new Error('the answer is lost'));
        return answer;
      });
  return {
    source: through(() => api.source()),
    open: through((...args) => api.open(...args)),
    putBatch: through(async (run, batch) => {
      await api.putBatch(run, batch);
      if (troubled && random.chance(0.3)) await api.putBatch(run, batch);
    }),
    commit: through((...args) => api.commit(...args)),
    abandon: through((id) => api.abandon(id)),
    run: through((id) => api.run(id)),
    rejected: (id) => api.rejected(id),
    losses: (...args) => api.losses(...args),
  };
};

export const onDisk = (kill: Kill): Disk => ({
  read: (path) => kill.step(() => disk.read(path)),
  write: (path, text) => kill.step(() => disk.write(path, text)),
  remove: (path) => kill.step(() => disk.remove(path)),
});
