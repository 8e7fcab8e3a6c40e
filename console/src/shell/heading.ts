// The heading of a page takes the focus when somebody comes to the page, so that a keyboard goes on where the page begins
// and a screen reader says where one is.
import { tryUntilActed } from '../parts/attempts.ts';

let stop = (): void => {};

/** Puts the focus on the heading, as soon as there is one, unless the page or the person puts it elsewhere meanwhile. */
export const toHeading = (): void => {
  stop();
  const start = document.activeElement;
  const take = (): void => {
    const { activeElement: now, body } = document;
    const heading = document.querySelector<HTMLElement>('main h1');
    if (!heading || (now !== start && now !== body)) return;
    heading.tabIndex = -1;
    heading.focus();
  };
  // What is read later may put another heading in the place of the first one.
  stop = tryUntilActed(take);
  take();
};
