// What a supervisor can do to a contact.

import { choice } from "/pages/shared/dialog.js";
import { h } from "/pages/shared/dom.js";
import { icon } from "/pages/shared/icons.js";
import { label, t } from "/pages/shared/words.js";
import { acting, chooser } from "/pages/wall/acting.js";
import { stateWords } from "/pages/wall/agents.js";
import { customerOf, signed } from "/pages/wall/naming.js";

const MOST_PRIORITY = 10;
const ENDED = new Set(["closed", "abandoned", "cancelled", "expired", "rejected"]);
const MOVABLE = new Set(["queued", "offered", "assigned", "parked"]);
const WAITING = new Set(["queued", "offered"]);

/** The menu of all that can be done to it, for who may; `then` is called afterwards. */
export function actsOn(contact, floor, then) {
  if (!floor.manages || ENDED.has(contact.state)) return null;
  const acts = [
    MOVABLE.has(contact.state) && ["transfer", "act_move", move],
    MOVABLE.has(contact.state) && ["person", "act_reassign", reassign],
    WAITING.has(contact.state) && ["up", "act_reprioritise", reprioritise],
    ["close", "act_cancel", cancel],
  ].filter(Boolean);
  const items = (close) =>
    acts.map(([sign, words, act]) => choice({ key: words, onclick: () => (close(), act(contact, floor, then)) }, icon(sign), t(words)));
  return h("cr-menu", { ".shows": { face: icon("more"), name: t("acts_of", { who: customerOf(contact) }), look: "button square plain", items } });
}

/** Whom it is about. */
function whom(contact, { operation }) {
  return t("about_contact", {
    who: customerOf(contact),
    channel: label(operation, "channels", contact.channel),
    queue: label(operation, "queues", contact.queue),
    state: t(`contact_${contact.state}`).toLowerCase(),
  });
}

const pathOf = (contact, act) => `/contacts/${encodeURIComponent(contact.id)}/${act}`;
const seen = ({ version }) => ({ version });

function move(contact, floor, then) {
  const { operation, api } = floor;
  const others = operation.queues.filter((queue) => queue !== contact.queue).map((queue) => [queue, label(operation, "queues", queue)]);
  return acting({
    title: t("act_move"),
    means: [whom(contact, floor), t("means_move"), contact.agent && t("means_taken", { agent: floor.nameOf(contact.agent) })],
    fields: () => chooser("queue", "to_queue", others),
    action: t("do_move"),
    act: ({ queue }) => api.post(pathOf(contact, "transfer"), { queue }, seen(contact)),
    done: t("done_move"),
    floor,
    then,
  });
}

function reassign(contact, floor, then) {
  const there = floor.agents.filter((agent) => agent.id !== contact.agent && agent.state !== "offline");
  const agents = there.map((agent) => [agent.id, `${agent.name} · ${stateWords(agent, floor.operation)}`]);
  return acting({
    title: t("act_reassign"),
    means: [whom(contact, floor), t("means_reassign"), contact.agent && t("means_taken", { agent: floor.nameOf(contact.agent) })],
    fields: () => chooser("agent", "to_agent", agents),
    action: t("do_reassign"),
    act: ({ agent }) => floor.api.post(pathOf(contact, "reassign"), { agent }, seen(contact)),
    done: t("done_reassign"),
    floor,
    then,
  });
}

function reprioritise(contact, floor, then) {
  const steps = Array.from({ length: 2 * MOST_PRIORITY + 1 }, (_, place) => MOST_PRIORITY - place);
  return acting({
    title: t("act_reprioritise"),
    means: [whom(contact, floor), t("means_reprioritise")],
    fields: () => chooser("priority", "priority", steps.map((step) => [String(step), signed(step)]), String(contact.priority)),
    action: t("do_reprioritise"),
    act: ({ priority }) => floor.api.post(pathOf(contact, "reprioritise"), { priority: Number(priority) }, seen(contact)),
    done: t("done_reprioritise"),
    floor,
    then,
  });
}

function cancel(contact, floor, then) {
  return acting({
    title: t("act_cancel"),
    means: [whom(contact, floor), t("means_cancel"), contact.agent && t("means_taken", { agent: floor.nameOf(contact.agent) })],
    action: t("do_cancel"),
    kind: "bad",
    act: () => floor.api.post(pathOf(contact, "cancel"), {}, seen(contact)),
    done: t("done_cancel"),
    floor,
    then,
  });
}
