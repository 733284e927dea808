import { app } from "./app.mjs";
import { concurrent } from "./concurrent.mjs";
import { errors } from "./errors.mjs";
import { models } from "./models.mjs";
import { others } from "./others.mjs";
import { signals } from "./signals.mjs";
import { steps } from "./steps.mjs";
import { waits } from "./waits.mjs";

const made = app("conformance");
for (const part of [steps, errors, waits, others, concurrent, signals, models]) part(made);

export const conformance = { client: made.client, functions: made.functions };
