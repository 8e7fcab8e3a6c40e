// Where a form was refused.

/** Puts the focus on the first field that is wrong, once the page says which ones are. */
export const toFirstWrong = (): void => {
  requestAnimationFrame(() => {
    const around = [...document.querySelectorAll('[role="dialog"]')].at(-1) ?? document;
    around.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  });
};
