// What has happened to a contact, in plain words: when, what, who did it, and how long it took.

import { h } from "/pages/shared/dom.js";
import { dayOf, exactTimeOf, lengthOf, numberOf } from "/pages/shared/format.js";
import { icon } from "/pages/shared/icons.js";
import { hasWords, label, t } from "/pages/shared/words.js";
import { actorOf, signed } from "/pages/wall/naming.js";

/** By what an event's type begins with, else by the type: its picture, and whether it is good or bad news. */
const LOOKS = {
  "contact.": ["info", ""],
  "offer.": ["bell", "accent"],
  "message.": ["chat", ""],
  "command.": ["keypad", ""],
  "contact.queued": ["clock", ""],
  "contact.assigned": ["headset", "accent"],
  "contact.answered": ["check", "good"],
  "contact.closed": ["check", "good"],
  "contact.solved": ["check", "good"],
  "contact.target_missed": ["alert", "bad"],
  "contact.abandoned": ["hangup", "bad"],
  "contact.expired": ["alert", "bad"],
  "contact.rejected": ["alert", "bad"],
  "contact.cancelled": ["close", "bad"],
  "contact.unroutable": ["alert", "bad"],
  "contact.connect_failed": ["alert", "fair"],
  "contact.interrupted": ["alert", "fair"],
  "contact.silent": ["alert", "fair"],
  "contact.transferred": ["transfer", "violet"],
  "contact.overflowed": ["transfer", "violet"],
  "contact.handed_over": ["transfer", "violet"],
  "contact.taken_over": ["transfer", "violet"],
  "contact.reprioritised": ["up", "violet"],
  "contact.parked": ["park", ""],
  "contact.rated": ["star", "good"],
  "offer.declined": ["close", "fair"],
  "offer.missed": ["alert", "fair"],
  "offer.undelivered": ["alert", "fair"],
};

/** Milliseconds that are told, where they are no nulls. */
const LENGTHS = ["waited", "took", "handled"];
/** Words of a closed list, which are told in ours where we have them. */
const WORDS = ["reason", "cause", "outcome", "ended_by", "state"];

/** The events as a list, the first one first. */
export function timelineView(events, floor) {
  if (events.length === 0) return h("p", { class: "soft", key: "none" }, t("no_events"));
  return h(
    "ol",
    { class: "timeline", key: "timeline", "data-test": "timeline" },
    events.map((event, place) => eventView(event, events[place - 1], floor)),
  );
}

function eventView(event, before, floor) {
  const [sign, tone] = LOOKS[event.type] ?? LOOKS[`${event.type.split(".")[0]}.`] ?? ["info", ""];
  const day = dayOf(event.at, floor.zone);
  const anew = before === undefined || dayOf(before.at, floor.zone) !== day;
  return h(
    "li",
    { key: event.seq, class: `event ${tone}`, "data-event": event.type },
    h("span", { class: "event-sign" }, icon(sign)),
    h("time", { datetime: event.at }, anew && h("span", { class: "event-day" }, day), exactTimeOf(event.at, floor.zone)),
    h(
      "div",
      {},
      h("p", {}, eventWords(event, floor)),
      h("p", { class: "event-more" }, [...detailsOf(event, floor), t("done_by", { who: actorOf(event.by, floor) })].join(" · ")),
    ),
  );
}

/** An event in plain words; one that we have no words for, by its type. */
export function eventWords(event, floor) {
  const words = `event_${event.type.replace(".", "_")}`;
  if (!hasWords(words)) return event.type;
  const { operation } = floor;
  const { data } = event;
  return t(words, {
    ...data,
    queue: label(operation, "queues", event.queue),
    channel: label(operation, "channels", event.channel),
    agent: floor.nameOf(event.agent),
    from_queue: label(operation, "queues", data.from_queue),
    from_agent: floor.nameOf(data.from_agent),
    to_agent: floor.nameOf(data.to_agent),
    disposition: label(operation, "dispositions", data.disposition),
    priority: typeof data.priority === "number" ? signed(data.priority) : "",
  });
}

function detailsOf({ type, data }, floor) {
  const found = [];
  for (const name of LENGTHS) if (typeof data[name] === "number") found.push(t(`detail_${name}`, { length: lengthOf(data[name] / 1000) }));
  for (const name of WORDS) if (data[name] && type !== "message.state") found.push(t(`detail_${name}`, { what: wordOf(data[name]) }));
  if (data.to_agent && type === "contact.transferred") found.push(t("detail_to_agent", { agent: floor.nameOf(data.to_agent) }));
  if (data.disposition && type === "contact.closed") found.push(label(floor.operation, "dispositions", data.disposition));
  if (data.in_target !== undefined && data.in_target !== null) found.push(t(data.in_target ? "in_target" : "beyond_target"));
  if (type === "contact.queued" && data.priority) found.push(t("priority_n", { n: signed(data.priority) }));
  if (data.candidates) found.push(t("detail_candidates", { n: data.candidates, shown: numberOf(data.candidates) }));
  if (data.last_agent) found.push(t("detail_last_agent"));
  return found;
}

/** A word of the router's, in ours where there is one. */
function wordOf(word) {
  return hasWords(`why_${word}`) ? t(`why_${word}`) : String(word);
}
