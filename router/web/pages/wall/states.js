// How an agent's states look: in which order, by which picture. Their colours are in the style sheet, by the same names.

import { h } from "/pages/shared/dom.js";
import { icon } from "/pages/shared/icons.js";
import { t } from "/pages/shared/words.js";

const SIGNS = {
  idle: "check",
  reserved: "bell",
  busy: "headset",
  wrap_up: "note",
  draining: "leave",
  break: "coffee",
  not_responding: "alert",
  offline: "close",
};

export const STATES = Object.keys(SIGNS);

/** The picture of an agent's state. */
export function stateSign(state) {
  return icon(SIGNS[state]);
}

/** How many agents are in which state: a bar of parts with their numbers, and what each part is. */
export function staffView(agents) {
  const present = STATES.filter((state) => state !== "offline" && agents[state] > 0);
  if (present.length === 0) return h("p", { class: "staff-none" }, icon("alert"), t("nobody"));
  return [
    h(
      "div",
      { class: "staff-bar", "aria-hidden": "true" },
      present.map((state) => h("span", { class: `state ${state}`, key: state, style: { "flex-grow": String(agents[state]) } }, stateSign(state), agents[state])),
    ),
    h(
      "ul",
      { class: "staff-legend" },
      present.map((state) =>
        h("li", { key: state, class: `state-word ${state}` }, stateSign(state), h("span", {}, t(`state_${state}`)), h("b", {}, agents[state])),
      ),
    ),
  ];
}
