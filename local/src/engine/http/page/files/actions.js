// What a person does: buttons and forms, heard in one place so that views only draw.

import { post } from "./api.js";
import { path as runsPath } from "./runs.js";

const told = document.getElementById("told");
let quiet = 0;

// Says something for a while; screen readers say it too.
function tell(text) {
  told.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { told.textContent = ""; }, 6000);
}

async function doing(control, act) {
  control.disabled = true;
  try {
    await act();
  } catch (error) {
    tell(error.message);
  } finally {
    control.disabled = false;
  }
}

// The text of an object, or an error that says where it is none. Sent as it was written: numbers
// too large for JavaScript stay what they are.
function object(text) {
  let data;
  try {
    data = JSON.parse(text || "{}");
  } catch (error) {
    throw new Error(`The data is not JSON: ${error.message}`);
  }
  if (data === null || typeof data !== "object" || Array.isArray(data)) throw new Error("The data must be an object.");
  return text || "{}";
}

const forms = {
  async runs(values) {
    location.hash = runsPath(values);
  },
  async events(values) {
    location.hash = `#/events?${new URLSearchParams(Object.entries(values).filter(([, value]) => value))}`;
  },
  async send(values) {
    const id = values.id ? `,"id":${JSON.stringify(values.id)}` : "";
    const { ids } = await post("events", `{"name":${JSON.stringify(values.name)},"data":${object(values.data)}${id}}`);
    tell("The event is accepted.");
    location.hash = `#/events/${ids[0]}`;
  },
  async invoke(values, form) {
    const slug = JSON.stringify(form.dataset.function);
    const { run } = await post("invoke", `{"function":${slug},"data":${object(values.data)}}`);
    tell("The function is invoked.");
    location.hash = `#/runs/${run}`;
  },
};

export function listen(refresh) {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const act = forms[form.dataset.form];
    if (!act) return;
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    doing(form.querySelector("button"), () => act(values, form));
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do]");
    if (!button) return;
    const { run } = button.dataset;
    if (button.dataset.do === "rerun") {
      doing(button, async () => {
        const begun = await post(`runs/${run}/rerun`);
        tell("A new run has begun.");
        location.hash = `#/runs/${begun.run}`;
      });
    } else if (confirm("Cancel this run?")) {
      doing(button, async () => {
        await post(`runs/${run}/cancel`);
        tell("The run is cancelled.");
        refresh();
      });
    }
  });
}
