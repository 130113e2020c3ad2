// Everybody who works here: a small field each, by groups.

import { h } from "/pages/shared/dom.js";
import { channelIcon } from "/pages/shared/icons.js";
import { label, t } from "/pages/shared/words.js";
import { stateSign } from "/pages/wall/states.js";

/** How many fields stand in a row at most, by how many agents there are. */
const WIDTHS = [
  [20, 6],
  [30, 8],
  [Infinity, 10],
];
const ICONS = 4;

/** The fields of all agents. Those of a group stand together, as high as all others. */
export function agentsView(floor, opened) {
  const groups = groupsOf(floor.agents);
  const [, most] = WIDTHS.find(([count]) => floor.agents.length <= count);
  const rows = rowsFor([...groups.values()].map((agents) => agents.length), most);
  return h(
    "section",
    { class: "agents", key: "agents", "aria-labelledby": "agents-title", "data-size": most, style: { "--rows": String(rows) } },
    h("h2", { class: "unseen", id: "agents-title" }, t("agents")),
    [...groups].map(([group, agents]) => groupView(group, agents, rows, floor, opened)),
  );
}

function groupsOf(agents) {
  const groups = new Map();
  for (const agent of agents) {
    const group = agent.group ?? "";
    groups.set(group, [...(groups.get(group) ?? []), agent]);
  }
  return groups;
}

/** The fewest rows with which no more than so many fields stand side by side. */
function rowsFor(counts, most) {
  for (let rows = 1; ; rows++) {
    const columns = counts.reduce((sum, count) => sum + Math.ceil(count / rows), 0);
    if (columns <= Math.max(most, counts.length)) return rows;
  }
}

function groupView(group, agents, rows, floor, opened) {
  const columns = String(Math.ceil(agents.length / rows));
  const there = agents.filter((agent) => agent.state !== "offline").length;
  return h(
    "div",
    { class: "agent-group", key: group, style: { "--columns": columns } },
    h(
      "h3",
      {},
      h("span", { class: "cut" }, group ? label(floor.operation, "groups", group) : t("no_group")),
      h("span", { class: "soft" }, t("there_of", { there, all: agents.length })),
    ),
    h(
      "ul",
      {},
      agents.map((agent) => h("li", { key: agent.id }, agentView(agent, floor, opened))),
    ),
  );
}

function agentView(agent, floor, opened) {
  const work = floor.workOf(agent.id);
  return h(
    "button",
    { type: "button", class: `agent state ${agent.state}`, "data-test": `agent-${agent.id}`, "data-state": agent.state, onclick: () => opened.show("agent", agent.id) },
    h("span", { class: "agent-sign" }, stateSign(agent.state)),
    h("span", { class: "agent-name cut" }, agent.name),
    agent.state !== "offline" && h("cr-clock", { ".since": agent.since }),
    h(
      "span",
      { class: work.length > 0 ? "agent-what works cut" : "agent-what cut" },
      h("span", { class: "agent-state" }, stateWords(agent, floor.operation), work.length > 0 && " · "),
      work.length > 0 && workWords(work, floor.operation),
    ),
    work.length > 0 && h("span", { class: "agent-channels" }, work.slice(0, ICONS).map(({ channel }, place) => h("span", { key: place }, channelIcon(channel, floor.operation.channels[channel])))),
  );
}

/** An agent's state in words, with the reason of a break. */
export function stateWords({ state, reason, automatic }, operation) {
  const words = state === "break" && reason ? label(operation, "breaks", reason) : t(`state_${state}`);
  return automatic ? `${words} · ${t("automatic")}` : words;
}

/** What somebody is on: the queues, and how many of each; the channels in words for those who do not see their pictures. */
function workWords(work, operation) {
  const counts = new Map();
  for (const { queue, channel } of work) {
    const name = label(operation, "queues", queue);
    const known = counts.get(name) ?? { number: 0, channels: new Set() };
    known.number++;
    known.channels.add(label(operation, "channels", channel));
    counts.set(name, known);
  }
  return [...counts].map(([name, { number, channels }], place) => [
    place > 0 && ", ",
    number > 1 ? `${name} × ${number}` : name,
    h("span", { class: "unseen" }, ` (${[...channels].join(", ")})`),
  ]);
}
