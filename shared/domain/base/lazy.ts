// Schemas that are made when somebody asks for them, and then kept: a function is started for one operation, and would
// otherwise make those of all.
export const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};
