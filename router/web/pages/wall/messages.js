// What was said in a conversation.

import { h } from "/pages/shared/dom.js";
import { exactTimeOf } from "/pages/shared/format.js";
import { icon } from "/pages/shared/icons.js";
import { hasWords, t } from "/pages/shared/words.js";
import { actorOf, customerOf } from "/pages/wall/naming.js";

/** The messages, the first one first. */
export function messagesView(messages, contact, floor) {
  return h(
    "ol",
    { class: "said", key: "said", "data-test": "messages" },
    messages.map((message) => messageView(message, contact, floor)),
  );
}

function messageView(message, contact, floor) {
  const { id, direction, author, kind, text, attachments, sent_at, state, edited_at, deleted_at } = message;
  const more = [direction === "note" && t("note"), edited_at && t("edited"), direction === "out" && hasWords(`message_${state}`) && t(`message_${state}`)];
  return h(
    "li",
    { key: id, class: `message ${direction}` },
    h("p", { class: "message-head" }, h("b", {}, author.role === "customer" ? customerOf(contact) : actorOf(author, floor)), h("time", { datetime: sent_at }, exactTimeOf(sent_at, floor.zone)), h("span", {}, more.filter(Boolean).join(" · "))),
    deleted_at ? h("p", { class: "soft" }, t("deleted")) : text && h("p", { class: "message-text" }, text),
    !deleted_at && attachments.map((attachment, place) => h("p", { class: "small", key: place }, icon("clip"), " ", attachment.name ?? attachment.kind)),
    !deleted_at && !text && attachments.length === 0 && h("p", { class: "soft" }, kind),
  );
}
