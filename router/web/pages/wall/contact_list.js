// A list of contacts, each with what can be done to it.

import { h } from "/pages/shared/dom.js";
import { dayTimeOf } from "/pages/shared/format.js";
import { channelIcon, icon } from "/pages/shared/icons.js";
import { label, t } from "/pages/shared/words.js";
import { actsOn } from "/pages/wall/contact_acts.js";
import { customerOf, needsOf, signed } from "/pages/wall/naming.js";

/** The contacts. `then` is called after something was done to one. In its own queue, a contact's queue and state are known. */
export function contactsView(contacts, opened, then, { inQueue = false } = {}) {
  if (contacts.length === 0) return h("p", { class: "soft", key: "none" }, t("no_contacts"));
  return h(
    "ol",
    { class: "contacts", key: "contacts" },
    contacts.map((contact) => h("li", { key: contact.id, class: "contact" }, contactView(contact, opened, inQueue), actsOn(contact, opened.floor, then))),
  );
}

function contactView(contact, opened, inQueue) {
  const { operation, zone } = opened.floor;
  const { channel, medium, priority, queue, agent } = contact;
  return h(
    "button",
    { type: "button", class: "contact-opener", "data-test": `contact-${contact.id}`, onclick: () => opened.push("contact", contact.id) },
    h("span", { class: "contact-channel" }, channelIcon(channel, medium)),
    h("b", { class: "cut" }, customerOf(contact)),
    h("span", { class: "contact-wait" }, waitView(contact, zone)),
    h(
      "span",
      { class: "contact-facts cut" },
      [
        !inQueue && t(`contact_${contact.state}`),
        !inQueue && label(operation, "queues", queue),
        label(operation, "channels", channel),
        agent && opened.floor.nameOf(agent),
        priority !== 0 && t("priority_n", { n: signed(priority) }),
        needsOf(contact.requirement, opened.floor),
        contact.held && t("held"),
        contact.unroutable && t("unroutable"),
      ]
        .filter(Boolean)
        .join(" · "),
    ),
  );
}

/** How long it lasts: the wait, or the talk; of what is over, when it came. */
export function waitView(contact, zone) {
  const { state, queued_at, arrived_at, answered_at, assigned_at, parked_at, not_before } = contact;
  if (state === "queued" || state === "offered") return [icon("clock"), h("cr-clock", { ".since": queued_at ?? arrived_at })];
  if (state === "assigned") return [icon("headset"), h("cr-clock", { ".since": answered_at ?? assigned_at })];
  if (state === "parked") return [icon("park"), h("cr-clock", { ".since": parked_at })];
  return dayTimeOf(state === "scheduled" ? not_before : arrived_at, zone);
}
