// The keyboard: keys that no text needs, so they work wherever one is.

import { ask } from "/pages/shared/dialog.js";
import { h } from "/pages/shared/dom.js";
import { t } from "/pages/shared/words.js";
import { finish, transfer } from "/pages/desk/actions.js";

/** Key → what it does, and which words say so. */
const KEYS = {
  F2: ["key_accept", (work) => onOffer(work, (offer) => work.accept(offer))],
  F4: ["key_decline", (work) => onOffer(work, (offer) => work.decline(offer))],
  F8: ["key_complete", (work) => onTalk(work, (talk) => finish(work, talk))],
  F9: ["key_transfer", (work) => onTalk(work, (talk) => transfer(work, talk))],
};

const TOLD = [
  ["Alt 1–9", "key_choose"],
  ["Enter", "key_send"],
  ["Shift Enter", "key_line"],
  ["/", "key_replies"],
  ["Esc", "key_escape"],
];

export function listenToKeys(work) {
  window.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const known = KEYS[event.key];
    if (known && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      if (!event.repeat) known[1](work);
    } else if (event.altKey && /^Digit[1-9]$/.test(event.code)) {
      const talk = [...work.open, ...work.parked][Number(event.code.at(-1)) - 1];
      if (!talk) return;
      event.preventDefault();
      work.look(talk.id);
      write(talk.id);
    }
  });
  work.listen((what, contact) => what === "begun" && write(contact.id));
}

/** Put the cursor where one writes in this contact, as soon as that is there. */
function write(contact) {
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector(`#pane-${CSS.escape(contact)} textarea`)?.focus()));
}

function onOffer(work, action) {
  const [offer] = work.offers.values();
  if (offer && work.isConnected) action(offer);
}

function onTalk(work, action) {
  if (work.focused && work.isConnected) action(work.focused);
}

/** A dialog that says them. */
export function showKeys() {
  const rows = [...Object.entries(KEYS).map(([key, [words]]) => [key, words]), ...TOLD];
  return ask({
    title: t("keys"),
    body: () => h("dl", { class: "keys" }, rows.map(([key, words]) => [h("dt", { key: `${key} key` }, h("kbd", {}, key)), h("dd", { key }, t(words))])),
  });
}
