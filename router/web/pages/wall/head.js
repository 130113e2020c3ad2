// The page's head: whose floor this is, what time it is there, whether the picture is of now, the search and the settings.

import { looks, wayOut } from "/pages/shared/choices.js";
import { clock } from "/pages/shared/clock.js";
import "/pages/shared/dialog.js";
import { Part, define, h } from "/pages/shared/dom.js";
import { dayOf, lengthOf, timeOf } from "/pages/shared/format.js";
import { icon } from "/pages/shared/icons.js";
import { t } from "/pages/shared/words.js";
import { find } from "/pages/wall/search.js";
import { statusView } from "/pages/wall/status.js";

const TICK_MS = 1_000;

/** The head. */
export function headView(floor, opened) {
  return h(
    "header",
    { class: "head", key: "head" },
    h("img", { src: "/pages/shared/icon.svg", alt: "" }),
    h("h1", {}, h("span", {}, floor.operation.workspace), h("small", {}, t("title"))),
    statusView(floor),
    searchView(floor, opened),
    linkView(floor),
    h("cr-wall-time", { ".zone": floor.zone }),
    h("cr-menu", { ".shows": { face: icon("more"), name: t("settings"), look: "button square", items: () => [looks(), wayOut()] } }),
  );
}

function searchView(floor, opened) {
  return h(
    "form",
    {
      role: "search",
      class: "search",
      onsubmit: (event) => {
        event.preventDefault();
        find(floor, opened, new FormData(event.target).get("wanted"));
      },
    },
    icon("search"),
    h("label", { class: "unseen", for: "search" }, t("search")),
    h("input", {
      id: "search",
      name: "wanted",
      type: "search",
      required: true,
      maxlength: "200",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: t("search_hint"),
      "aria-keyshortcuts": "Control+K",
    }),
    h("kbd", { "aria-hidden": "true" }, "Ctrl K"),
  );
}

function linkView(floor) {
  if (floor.old) {
    const age = lengthOf((Date.now() - floor.readAt) / 1000);
    return h("p", { class: "link bad", key: "link", "data-test": "link" }, icon("alert"), t("link_old", { age }));
  }
  if (floor.away) return h("p", { class: "link fair", key: "link", "data-test": "link" }, icon("alert"), t("link_away"));
  return h("p", { class: "link good", key: "link", "data-test": "link" }, icon("check"), t("link_live"));
}

/** `<cr-wall-time>`: the day and the time of day at `.zone`. */
class WallTime extends Part {
  zone = undefined;
  #timer = 0;

  connectedCallback() {
    super.connectedCallback();
    this.#timer = setInterval(() => this.draw(), TICK_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  view() {
    const now = clock.now();
    return [h("strong", {}, timeOf(now, this.zone)), h("span", {}, dayOf(now, this.zone))];
  }
}

define("cr-wall-time", WallTime);
