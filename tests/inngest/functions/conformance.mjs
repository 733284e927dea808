import { app } from "./app.mjs";
import { concurrent } from "./concurrent.mjs";
import { errors } from "./errors.mjs";
import { others } from "./others.mjs";
import { steps } from "./steps.mjs";
import { waits } from "./waits.mjs";

const made = app("conformance");
for (const part of [steps, errors, waits, others, concurrent]) part(made);

export const conformance = { client: made.client, functions: made.functions };
