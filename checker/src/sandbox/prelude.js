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
};
