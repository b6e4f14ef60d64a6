/** Freezes a value and everything in it, in place. What is frozen already is taken to be so throughout. */
export function deepFreeze<T>(value: T): T {
  if (Object.isFrozen(value)) return value;
  Object.values(value as object).forEach(deepFreeze);
  return Object.freeze(value);
}
