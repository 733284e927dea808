// Runs first in every context: what is not named here is gone before the template is loaded.
(keep) => {
  const kept = new Set(keep);
  const root = globalThis;
  for (const name of Object.getOwnPropertyNames(root)) {
    if (!kept.has(name)) delete root[name];
  }
  delete Math.random;
  // Every function's prototype leads to a constructor that makes code from text.
  const kinds = [function () {}, function* () {}, async function () {}, async function* () {}];
  for (const kind of kinds) delete Object.getPrototypeOf(kind).constructor;
  // A computed key would reach the prototype of everything, and the accessors behind it.
  for (const name of Object.getOwnPropertyNames(Object.prototype)) {
    if (name.startsWith("__")) delete Object.prototype[name];
  }
  // The contract's own modules call these too. Prototypes stay: a frozen one would forbid a class
  // to give its errors a name.
  for (const name of kept) {
    const value = root[name];
    if (typeof value === "function" || typeof value === "object") Object.freeze(value);
  }
};
