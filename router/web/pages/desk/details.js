// Who the customer is, what is known of the contact, what the agent may decide, and what was before.

import { Part, define, h } from "/pages/shared/dom.js";
import { dayTimeOf, lengthOf, numberOf, timeOf } from "/pages/shared/format.js";
import { icon, channelIcon } from "/pages/shared/icons.js";
import { settings } from "/pages/shared/settings.js";
import { hasWords, label, t } from "/pages/shared/words.js";
import { readEarlier } from "/pages/desk/actions.js";
import { attributesOf, customerType, needsOf } from "/pages/desk/facts.js";
import { transcript } from "/pages/desk/messages.js";

class Details extends Part {
  work = null;

  watches() {
    return [this.work, settings];
  }

  view() {
    const talk = this.work.focused;
    if (!talk) return h("aside", { class: "details", "aria-label": t("details") }, this.#profile());
    this.#fetch(talk);
    return h("aside", { class: "details", "aria-label": t("details") }, this.#customer(talk), this.#powers(talk), this.#contact(talk), this.#earlier(talk));
  }

  async #fetch(talk) {
    if (talk.earlier !== null) return;
    talk.earlier = [];
    try {
      talk.earlier = (await this.work.api.get(`/contacts/${talk.id}/earlier`)).items;
    } catch {
      talk.earlier = null;
      return;
    }
    this.update();
  }

  #customer({ contact }) {
    const { id, language } = contact.customer;
    return h(
      "section",
      { key: "customer" },
      h("h2", { class: "group" }, t("customer")),
      h("p", { class: "name" }, this.work.nameOf(contact)),
      h("p", { class: "badges" }, customerType(contact), language && h("span", { class: "badge" }, icon("globe"), languageName(language))),
      id && h("p", { class: "small soft id" }, id),
    );
  }

  /** His limits, and beside each what this contact asks for. */
  #powers(talk) {
    const { agent, operation } = this.work;
    const needed = talk.contact.requirement.powers;
    const names = [...new Set([...Object.keys(needed), ...Object.keys(agent.powers)])];
    return h(
      "section",
      { key: "powers" },
      h("h2", { class: "group" }, t("may_decide")),
      names.length === 0 && h("p", { class: "small soft" }, t("may_nothing")),
      h(
        "ul",
        { class: "powers" },
        names.map((name) => {
          const limit = agent.powers[name] ?? 0;
          const enough = needed[name] === undefined || limit >= needed[name];
          return h(
            "li",
            { key: name, class: enough ? "" : "short", title: operation.powers[name] ?? null },
            icon("shield"),
            h("span", {}, label(operation, "powers", name)),
            h("strong", { class: "end" }, t("up_to", { amount: numberOf(limit, 2) })),
            needed[name] !== undefined && h("span", { class: `badge ${enough ? "good" : "bad"}` }, icon(enough ? "check" : "alert"), t("asked", { amount: numberOf(needed[name], 2) })),
          );
        }),
      ),
    );
  }

  #contact(talk) {
    const { work } = this;
    const { contact } = talk;
    const needs = needsOf(work, contact).filter(({ key }) => key.startsWith("skill"));
    const rows = [
      [t("queue"), label(work.operation, "queues", contact.queue)],
      [t("channel"), [label(work.operation, "channels", contact.channel), contact.account === "main" ? "" : ` · ${contact.account}`]],
      [t("arrived"), dayTimeOf(contact.arrived_at)],
      [t("waited"), lengthOf(contact.waited_s)],
      contact.priority !== 0 && [t("priority"), contact.priority > 0 ? `+${contact.priority}` : contact.priority],
      needs.length > 0 && [t("needs"), needs.map(({ words }) => words).join(", ")],
      ...attributesOf(contact),
      ...Object.entries(contact.metadata).map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]),
      contact.tags.length > 0 && [t("tags"), contact.tags.join(", ")],
    ].filter(Boolean);
    return h(
      "section",
      { key: "contact" },
      h("h2", { class: "group" }, t("contact")),
      h("dl", { class: "rows" }, rows.map(([name, value], place) => [h("dt", { key: `n${place}` }, name), h("dd", { key: `v${place}` }, value)])),
    );
  }

  #earlier(talk) {
    const items = talk.earlier ?? [];
    return h(
      "section",
      { key: "earlier" },
      h("h2", { class: "group" }, t("earlier"), " ", items.length > 0 && h("span", { class: "badge" }, items.length)),
      items.length === 0 && h("p", { class: "small soft" }, t("earlier_none")),
      h("ul", { class: "earlier" }, items.map((contact) => this.#earlierOne(talk, contact))),
    );
  }

  #earlierOne(talk, contact) {
    const { work } = this;
    const ended = contact.disposition ? label(work.operation, "dispositions", contact.disposition) : t(`contact_${contact.state}`);
    const children = [
      h("span", { class: "line" }, channelIcon(contact.channel, contact.medium), h("strong", {}, dayTimeOf(contact.arrived_at)), contact.rating && h("span", { class: "end soft" }, icon("star"), contact.rating)),
      h("span", { class: "small soft" }, [label(work.operation, "queues", contact.queue), contact.agent, ended].filter(Boolean).join(" · ")),
      contact.notes.length > 0 && h("span", { class: "small" }, contact.notes.at(-1)),
    ];
    return h(
      "li",
      { key: contact.id },
      contact.messages > 0 ? h("button", { type: "button", class: "past", onclick: () => readEarlier(work, talk, contact, transcript) }, children) : h("div", { class: "past" }, children),
    );
  }

  /** Of whom has nothing to do, himself: what he serves and may decide. */
  #profile() {
    const { agent, operation } = this.work;
    if (!agent) return null;
    const list = (kind, names) => names.map((name) => label(operation, kind, name)).join(", ") || "–";
    return [
      h(
        "section",
        { key: "profile" },
        h("h2", { class: "group" }, t("you_serve")),
        h(
          "dl",
          { class: "rows" },
          h("dt", { key: 1 }, t("queues")),
          h("dd", { key: 1 }, list("queues", agent.queues)),
          h("dt", { key: 2 }, t("skills")),
          h("dd", { key: 2 }, Object.entries(agent.skills).map(([name, level]) => `${label(operation, "skills", name)} ${level}`).join(", ") || "–"),
          agent.group && h("dt", { key: 3 }, t("group")),
          agent.group && h("dd", { key: 3 }, label(operation, "groups", agent.group)),
        ),
      ),
      h(
        "section",
        { key: "powers" },
        h("h2", { class: "group" }, t("may_decide")),
        h("ul", { class: "powers" }, Object.entries(agent.powers).map(([name, limit]) => h("li", { key: name }, icon("shield"), h("span", {}, label(operation, "powers", name)), h("strong", { class: "end" }, t("up_to", { amount: numberOf(limit, 2) }))))),
        Object.keys(agent.powers).length === 0 && h("p", { class: "small soft" }, t("may_nothing")),
      ),
      agent.overlay && h("section", { key: "overlay" }, h("p", { class: "small soft" }, icon("info"), " ", t("changed_by", { who: agent.overlay.by.id ?? agent.overlay.by.role, time: timeOf(agent.overlay.at) }))),
    ];
  }
}

function languageName(language) {
  return hasWords(`language_${language}`) ? t(`language_${language}`) : language;
}

define("cr-details", Details);
