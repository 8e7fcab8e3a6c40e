// Something that the page is asked to do as soon as it shows what that needs.

const acts = ['keydown', 'pointerdown'] as const;

/**
 * Tries after each change of the page, until the person does something, because from then on it would be in the way.
 * @param attributes whose changes count besides those of elements
 * @returns ends the attempts
 */
export const tryUntilActed = (attempt: () => void, attributes: readonly string[] = []): (() => void) => {
  const observer = new MutationObserver(attempt);
  const ended = new AbortController();
  const stop = () => {
    observer.disconnect();
    ended.abort();
  };
  for (const act of acts) addEventListener(act, stop, { capture: true, signal: ended.signal });
  const seen = attributes.length > 0 && { attributeFilter: [...attributes] };
  observer.observe(document.body, { childList: true, subtree: true, ...seen });
  return stop;
};
