// An agent: what he is doing, what he may and can do, his day, his contacts.

import { define, h } from "/pages/shared/dom.js";
import { lengthOf, numberOf, percentOf } from "/pages/shared/format.js";
import { label, t } from "/pages/shared/words.js";
import { makeAvailable, sendToBreak, signOutAgent } from "/pages/wall/agent_acts.js";
import { stateWords } from "/pages/wall/agents.js";
import { contactsView } from "/pages/wall/contact_list.js";
import { factsView } from "/pages/wall/facts.js";
import { Fresh } from "/pages/wall/fresh.js";
import { button, overlayWords } from "/pages/wall/queue_panel.js";
import { stateSign } from "/pages/wall/states.js";

class AgentPanel extends Fresh {
  #agent = null;
  #day = null;
  #contacts = [];

  async read() {
    const path = `/agents/${encodeURIComponent(this.id)}`;
    const [agent, today] = await Promise.all([this.api.get(path), this.api.get(`${path}/today`)]);
    const contacts = agent.contacts.map((contact) => this.api.get(`/contacts/${encodeURIComponent(contact)}`));
    const found = await Promise.allSettled(contacts);
    this.#contacts = found.filter(({ status }) => status === "fulfilled").map(({ value }) => value);
    this.#agent = agent;
    this.#day = today.day;
  }

  shown() {
    const agent = this.#agent;
    const { floor } = this;
    return [
      h(
        "section",
        { class: "standing", "aria-label": t("standing"), key: "standing" },
        h(
          "p",
          {},
          h("span", { class: `agent-now state ${agent.state}` }, stateSign(agent.state), stateWords(agent, floor.operation), h("cr-clock", { ".since": agent.since })),
          agent.next && h("span", {}, t("next_presence", { presence: t(`presence_${agent.next.presence}`), reason: agent.next.reason ? ` (${label(floor.operation, "breaks", agent.next.reason)})` : "" })),
        ),
        floor.manages && this.#acts(agent),
      ),
      h("section", { "aria-labelledby": "agent-contacts", key: "contacts" }, h("h3", { id: "agent-contacts" }, t("contacts")), contactsView(this.#contacts, this.opened, () => this.refresh())),
      h("section", { "aria-labelledby": "agent-profile", key: "profile" }, h("h3", { id: "agent-profile" }, t("profile")), this.#profile(agent)),
      h("section", { "aria-labelledby": "agent-day", key: "day" }, h("h3", { id: "agent-day" }, t("today")), this.#today()),
    ];
  }

  #acts(agent) {
    const { floor } = this;
    return h(
      "div",
      { class: "acts" },
      (agent.presence !== "available" || agent.state === "not_responding") && button("check", "act_available", () => makeAvailable(agent, floor)),
      agent.presence !== "offline" && button("coffee", "act_break", () => sendToBreak(agent, floor)),
      agent.presence !== "offline" && button("leave", "act_sign_out", () => signOutAgent(agent, floor)),
    );
  }

  #profile(agent) {
    const { operation, zone } = this.floor;
    const named = (kind, names) => names.map((name) => label(operation, kind, name)).join(", ");
    const amounts = (kind, all) => Object.entries(all).map(([name, amount]) => `${label(operation, kind, name)}: ${numberOf(amount, 2)}`).join(", ");
    return factsView([
      ["group", agent.group && label(operation, "groups", agent.group)],
      ["queues", named("queues", agent.queues)],
      ["media", agent.media.map((medium) => t(medium === "voice" ? "medium_voice" : "medium_other", { medium })).join(", ")],
      ["skills", amounts("skills", agent.skills)],
      ["powers", amounts("powers", agent.powers)],
      ["load", t("load_of", { load: agent.load, capacity: agent.capacity })],
      ["phone", agent.device && [agent.device.address, agent.at_phone && t("at_phone"), agent.device.state && t(`device_${agent.device.state}`)].filter(Boolean).join(" · ")],
      ["connections", numberOf(agent.connections)],
      ["overlay", agent.overlay && overlayWords(agent.overlay, zone)],
    ]);
  }

  #today() {
    const day = this.#day;
    return factsView([
      ["day_signed_in", lengthOf(day.signed_in_s)],
      ["day_busy", lengthOf(day.busy_s)],
      ["day_idle", lengthOf(day.idle_s)],
      ["day_break", lengthOf(day.break_s)],
      ["day_talks", numberOf(day.talks)],
      ["day_handle", lengthOf(day.average_handle_s)],
      ["day_occupancy", percentOf(day.occupancy)],
      ["day_fives", day.ratings > 0 && `${percentOf(day.fives_share)} (${numberOf(day.ratings)})`],
    ]);
  }
}

define("cr-agent-panel", AgentPanel);
