// Doing something that others will feel: it is said before what it means and for whom, and afterwards that it is done.

import { ask } from "/pages/shared/dialog.js";
import { h } from "/pages/shared/dom.js";
import { say, trying } from "/pages/shared/notices.js";
import { t } from "/pages/shared/words.js";

/**
 * Ask, do, say. `title`, `action` and `done` are texts, `means` are sentences, `fields` describes what is to be filled in,
 * `act` is called with it and does it. `then` is called after it was done, or refused: both may have changed what is shown.
 */
export async function acting({ title, means, fields = () => [], action, kind, act, done, floor, then = () => {} }) {
  const said = await ask({
    title,
    action,
    kind,
    body: (draw) => [h("div", { class: "means" }, means.filter(Boolean).map((one, place) => h("p", { key: place }, one))), fields(draw)],
  });
  if (said === null) return;
  if (await trying(() => act(said))) say(done);
  floor.look();
  then();
}

/** A choice among `[value, text]`s. */
export function chooser(name, words, options, chosen) {
  return h(
    "label",
    { class: "field", key: name },
    h("span", {}, t(words)),
    h("select", { name, required: true, autofocus: true, ".value": chosen ?? options[0]?.[0] ?? "" }, options.map(([value, text]) => h("option", { value, key: value }, text))),
  );
}

/** Radio buttons of `[value, text]`s. */
export function radios(name, words, options) {
  return h(
    "fieldset",
    { class: "radios", key: name },
    h("legend", {}, t(words)),
    options.map(([value, text], place) => h("label", { key: value }, h("input", { type: "radio", name, value, checked: place === 0 }), h("span", {}, text))),
  );
}
