// What is known of a contact and its customer, in words.

import { h } from "/pages/shared/dom.js";
import { numberOf } from "/pages/shared/format.js";
import { hasWords, label, t } from "/pages/shared/words.js";

/** A badge for the type of the customer. */
export function customerType(contact) {
  const { type, segment } = contact.customer;
  return [
    type && h("span", { key: "type", class: `badge ${type === "corporate" ? "violet" : ""}` }, hasWords(`type_${type}`) ? t(`type_${type}`) : type),
    segment && h("span", { key: "segment", class: "badge" }, segment),
  ];
}

/** What the contact needs beyond its queue: powers first, then skills. */
export function needsOf(work, contact) {
  const { powers, skills } = contact.requirement;
  return [
    ...Object.entries(powers).map(([name, amount]) => ({
      key: `power ${name}`,
      words: `${label(work.operation, "powers", name)}: ${numberOf(amount, 2)}`,
    })),
    ...Object.entries(skills).map(([name, level]) => ({
      key: `skill ${name}`,
      words: `${label(work.operation, "skills", name)} ${t("from_level", { level })}`,
    })),
  ];
}

/** The attributes as [name, text]. */
export function attributesOf(contact) {
  return Object.entries(contact.attributes).map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]);
}

/** Quick replies for this contact: [name, text] in its customer's language, filled in. */
export function quickReplies(work, contact) {
  const { languages, quick_replies: replies } = work.operation;
  const language = languages.includes(contact.customer.language) ? contact.customer.language : languages[0];
  const name = contact.customer.name ?? "";
  const values = {
    customer: name,
    first_name: name.split(" ")[0],
    agent: work.agent?.name ?? "",
    queue: label(work.operation, "queues", contact.queue),
  };
  return replies
    .filter((reply) => reply.queues.length === 0 || reply.queues.includes(contact.queue))
    .map((reply) => ({ name: reply.name, text: filled(reply.text[language] ?? Object.values(reply.text)[0], values) }));
}

/** A text with its placeholders filled in; where one is empty, the comma before it goes too. */
function filled(text, values) {
  return text.replace(/,? ?\{(\w+)\}/g, (whole, key) => {
    const value = values[key];
    return value ? whole.replace(`{${key}}`, value) : "";
  });
}
