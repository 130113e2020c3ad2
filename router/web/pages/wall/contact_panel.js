// A contact's whole story: what it is, what it waits for, what has happened to it, what was said.

import { define, h } from "/pages/shared/dom.js";
import { dayTimeOf, lengthOf } from "/pages/shared/format.js";
import { channelIcon } from "/pages/shared/icons.js";
import { label, t } from "/pages/shared/words.js";
import { actsOn } from "/pages/wall/contact_acts.js";
import { waitView } from "/pages/wall/contact_list.js";
import { explanationView } from "/pages/wall/explanation.js";
import { factsView } from "/pages/wall/facts.js";
import { Fresh } from "/pages/wall/fresh.js";
import { messagesView } from "/pages/wall/messages.js";
import { customerOf, needsOf, signed } from "/pages/wall/naming.js";
import { timelineView } from "/pages/wall/timeline.js";

const PAGE = 100;
const EXPLAINED = new Set(["scheduled", "queued", "offered"]);

class ContactPanel extends Fresh {
  #contact = null;
  #explanation = null;
  #events = [];
  #after = undefined;
  #complete = false;
  #messages = [];
  #unfollow = null;
  #dirty = true;
  #full = false;

  connectedCallback() {
    this.#unfollow = this.floor.follow(this.id, () => (this.#dirty = true));
    super.connectedCallback();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#unfollow();
  }

  /** What never changes is read once: events and messages only from where the last page ended. */
  async read() {
    if (!this.#dirty && !EXPLAINED.has(this.#contact.state)) return;
    const path = `/contacts/${encodeURIComponent(this.id)}`;
    const changed = this.#dirty;
    this.#dirty = false;
    try {
      this.#contact = await this.api.get(path);
      this.#explanation = EXPLAINED.has(this.#contact.state) ? await this.api.get(`${path}/explain`) : null;
      if (changed) await Promise.all([this.#readEvents(path), this.#readMessages(path)]);
    } catch (error) {
      this.#dirty = true;
      throw error;
    }
  }

  /** A page may be short and not the last; more than one full page is read where somebody asks for it. */
  async #readEvents(path) {
    const most = this.#full ? Infinity : this.#events.length + PAGE;
    let next;
    do {
      const page = await this.api.get(`${path}/events`, { after: this.#after, limit: PAGE });
      this.#events.push(...page.items);
      ({ next } = page);
      this.#after = next ?? page.items.at(-1)?.seq ?? this.#after;
    } while (next !== null && this.#events.length < most);
    this.#complete = next === null;
  }

  /** The last ones may have been edited, or read. */
  async #readMessages(path) {
    const after = Math.max(0, this.#messages.length - PAGE);
    const found = await this.api.all(`${path}/messages`, { after, limit: PAGE });
    this.#messages = [...this.#messages.slice(0, after), ...found];
  }

  shown() {
    const contact = this.#contact;
    const { floor } = this;
    return [
      h(
        "section",
        { class: "standing", "aria-label": t("standing"), key: "standing" },
        h(
          "p",
          {},
          channelIcon(contact.channel, contact.medium),
          h("b", {}, customerOf(contact)),
          h("span", { class: "badge accent" }, t(`contact_${contact.state}`)),
          h("span", { class: "contact-wait" }, waitView(contact, floor.zone)),
          actsOn(contact, floor, () => this.#changed()),
        ),
        this.#facts(contact),
      ),
      this.#explanation && section("explained", explanationView(this.#explanation, this.opened)),
      section("story", [
        timelineView(this.#events, floor),
        !this.#complete && h("button", { type: "button", class: "button", key: "more", onclick: () => this.#readAll() }, t("more")),
      ]),
      this.#messages.length > 0 && section("messages", messagesView(this.#messages, contact, floor)),
    ];
  }

  #facts(contact) {
    const { floor } = this;
    const { operation, zone } = floor;
    return factsView([
      ["customer", contact.customer.name && contact.customer.id],
      ["customer_type", [contact.customer.type, contact.customer.segment, contact.customer.language].filter(Boolean).join(" · ")],
      ["channel", label(operation, "channels", contact.channel)],
      ["queue", label(operation, "queues", contact.queue)],
      ["agent", contact.agent && h("button", { type: "button", class: "opener linked", onclick: () => this.opened.push("agent", contact.agent) }, floor.nameOf(contact.agent))],
      ["priority", contact.priority !== 0 && signed(contact.priority)],
      ["position", contact.position],
      ["needs", needsOf(contact.requirement, floor)],
      ["arrived", dayTimeOf(contact.arrived_at, zone)],
      ["waited", lengthOf(contact.waited_s)],
      ["disposition", contact.disposition && label(operation, "dispositions", contact.disposition)],
      ["rating", contact.rating && `${contact.rating} / 5`],
      ["tags", contact.tags.join(", ")],
      ["notes", contact.notes.join(" · ")],
    ]);
  }

  #readAll() {
    this.#full = true;
    this.#changed();
  }

  #changed() {
    this.#dirty = true;
    this.refresh();
  }
}

function section(name, children) {
  return h("section", { "aria-labelledby": `contact-${name}`, key: name }, h("h3", { id: `contact-${name}` }, t(`section_${name}`)), children);
}

define("cr-contact-panel", ContactPanel);
