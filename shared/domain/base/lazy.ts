// A value made at its first use and then kept. The schemas are made like this, because a Lambda function serves one
// operation and a cold start must not pay for the schemas of all.

/** @returns a function that calls `make` the first time and returns the same value ever after */
export const lazy = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};
