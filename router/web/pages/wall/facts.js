// A list of facts: each with its name. What is not known is left out.

import { h } from "/pages/shared/dom.js";
import { t } from "/pages/shared/words.js";

/** `[name of the words, value]`s as a list. */
export function factsView(facts) {
  return h(
    "dl",
    { class: "facts" },
    facts
      .filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false)
      .map(([name, value]) => h("div", { key: name }, h("dt", {}, t(`fact_${name}`)), h("dd", {}, value))),
  );
}
