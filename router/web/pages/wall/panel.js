// What is open beside the wall: its title, the way back, and the part that shows it.

import { Part, define, h } from "/pages/shared/dom.js";
import { icon } from "/pages/shared/icons.js";
import { settings } from "/pages/shared/settings.js";
import { label, t } from "/pages/shared/words.js";
import "/pages/wall/agent_panel.js";
import "/pages/wall/contact_panel.js";
import "/pages/wall/found_panel.js";
import "/pages/wall/queue_panel.js";

class Panel extends Part {
  opened = null;
  #focused = null;

  watches() {
    return [this.opened, this.opened.floor, settings];
  }

  view() {
    const { opened } = this;
    const { view, floor } = opened;
    if (view === null) return [];
    return h(
      "aside",
      { class: "panel", "aria-labelledby": "panel-title" },
      h(
        "header",
        { class: "panel-head" },
        opened.deep && h("button", { type: "button", class: "button square plain", "aria-label": t("back"), onclick: () => opened.back() }, icon("back")),
        h("h2", { id: "panel-title", tabindex: "-1" }, h("small", {}, t(`panel_${view.kind}`)), h("span", {}, titleOf(view, floor))),
        h("button", { type: "button", class: "button square plain panel-close", "aria-label": t("close"), onclick: () => opened.close() }, icon("close")),
      ),
      h(`cr-${view.kind}-panel`, { key: `${view.kind} ${view.id}`, class: "panel-body", ".opened": opened, ".id": view.id }),
    );
  }

  /** What has just been opened has the focus, so that whoever cannot see it knows of it. */
  drawn() {
    const { view } = this.opened;
    if (view === this.#focused) return;
    this.#focused = view;
    this.querySelector("#panel-title")?.focus();
  }
}

function titleOf({ kind, id }, floor) {
  if (kind === "queue") return label(floor.operation, "queues", id);
  return kind === "agent" ? floor.nameOf(id) : id;
}

define("cr-wall-panel", Panel);
