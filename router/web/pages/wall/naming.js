// How people and things are called.

import { label, t } from "/pages/shared/words.js";

/** Who it is, as far as it is known. */
export function customerOf({ customer, id }) {
  return customer.name ?? customer.id ?? id;
}

/** A number with its sign. */
export function signed(number) {
  return number > 0 ? `+${number}` : String(number).replace("-", "−");
}

/** Whoever did something: an agent by his name, others by what they are. */
export function actorOf({ role, id }, floor) {
  if (role === "agent") return id ? floor.nameOf(id) : t("role_agent");
  return t(`role_${role}`);
}

/** What a contact needs, in words; what needs nothing is null. */
export function needsOf({ skills, powers, teams, agents }, floor) {
  const { operation } = floor;
  const parts = [
    ...Object.entries(skills).map(([skill, level]) => t("need_skill", { skill: label(operation, "skills", skill), level })),
    ...Object.entries(powers).map(([power, amount]) => t("need_power", { power: label(operation, "powers", power), amount })),
    teams.length > 0 && t("need_teams", { teams: teams.map((team) => label(operation, "groups", team)).join(", ") }),
    agents.length > 0 && t("need_agents", { agents: agents.map((agent) => floor.nameOf(agent)).join(", ") }),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(", ") : null;
}
