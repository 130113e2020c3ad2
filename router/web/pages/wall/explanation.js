// Why a contact is where it is: what it waits for, what keeps each agent from it, and what comes next.

import { h } from "/pages/shared/dom.js";
import { timeOf } from "/pages/shared/format.js";
import { hasWords, label, t } from "/pages/shared/words.js";
import { needsOf } from "/pages/wall/naming.js";

/** The explanation in words. */
export function explanationView({ waits_for, before, requirement, agents, next }, opened) {
  const { floor } = opened;
  const needs = needsOf(requirement, floor);
  return [
    h(
      "p",
      { key: "waits", "data-test": "waits-for" },
      [t(`waits_for_${waits_for}`), before !== null && t("before_n", { n: before }), needs && t("needs", { needs })].filter(Boolean).join(" "),
    ),
    agents.length > 0 && h("ul", { class: "obstacles", key: "agents", "data-test": "obstacles" }, agents.map((obstacle) => obstacleView(obstacle, opened))),
    next.length > 0 && h("ul", { class: "coming", key: "next", "data-test": "coming" }, next.map((coming, place) => h("li", { key: place }, comingView(coming, floor)))),
  ];
}

function obstacleView({ agent, reason, remedy, until, reserve }, opened) {
  const { floor } = opened;
  const why = reason === null ? t("obstacle_none") : hasWords(`obstacle_${reason}`) ? t(`obstacle_${reason}`) : reason;
  return h(
    "li",
    { key: agent },
    h("button", { type: "button", class: "opener linked", onclick: () => opened.push("agent", agent) }, floor.nameOf(agent)),
    h("span", {}, why, reserve && ` (${label(floor.operation, "queues", reserve)})`, until && [", ", t("until_about"), " ", h("cr-clock", { ".until": until })]),
    remedy !== "none" && h("span", { class: "soft" }, t(`remedy_${remedy}`)),
  );
}

function comingView({ at, what, requirement, queue }, floor) {
  const needs = requirement && (needsOf(requirement, floor) ?? t("need_nothing"));
  return [
    h("b", {}, timeOf(at, floor.zone)),
    " ",
    h("span", { class: "soft" }, "(", h("cr-clock", { ".until": at }), ")"),
    " ",
    t(`coming_${what}`, { needs, queue: label(floor.operation, "queues", queue) }),
  ];
}
