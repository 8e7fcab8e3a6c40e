// Where a form was refused.
import { tryUntilActed } from './attempts.ts';

let stop = (): void => {};

/** Puts the focus on the first field that is wrong, once the page says which ones are. */
export const toFirstWrong = (): void => {
  stop();
  const take = (): void => {
    const around = [...document.querySelectorAll('[role="dialog"]')].at(-1) ?? document;
    const wrong = around.querySelector<HTMLElement>('[aria-invalid="true"]');
    if (!wrong) return;
    wrong.focus();
    stop();
  };
  stop = tryUntilActed(take, ['aria-invalid']);
  // What is wrong already is no change.
  requestAnimationFrame(take);
};
