// The whole page: its head, its alarms, its queues, its agents, and beside them what somebody has opened.

import { Part, define, h } from "/pages/shared/dom.js";
import { settings } from "/pages/shared/settings.js";
import { t } from "/pages/shared/words.js";
import { agentsView } from "/pages/wall/agents.js";
import { headView } from "/pages/wall/head.js";
import { floorLevel } from "/pages/wall/levels.js";
import { Opened } from "/pages/wall/opened.js";
import { queuesView } from "/pages/wall/queues.js";
import { alarmsView } from "/pages/wall/status.js";
import "/pages/wall/panel.js";

const OLD_CHECK_MS = 1_000;

class Wall extends Part {
  floor = null;
  #opened = null;
  #checking = 0;
  #old = false;
  #onkey = (event) => this.#key(event);

  watches() {
    this.#opened ??= new Opened(this.floor);
    return [this.floor, this.#opened, settings];
  }

  connectedCallback() {
    super.connectedCallback();
    this.floor.start();
    document.addEventListener("keydown", this.#onkey);
    // Nothing tells that nothing has come.
    this.#checking = setInterval(() => (this.floor.old || this.#old) && this.update(), OLD_CHECK_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.floor.stop();
    document.removeEventListener("keydown", this.#onkey);
    clearInterval(this.#checking);
  }

  view() {
    const { floor } = this;
    const opened = this.#opened;
    this.#old = floor.old;
    this.dataset.level = floorLevel(floor);
    this.classList.toggle("opened", opened.view !== null);
    return [
      headView(floor, opened),
      h(
        "main",
        {},
        floor.queues === null
          ? h("p", { class: "loading", role: "status" }, t(floor.away ? "away_from_start" : "loading"))
          : [alarmsView(floor), queuesView(floor, opened), agentsView(floor, opened)],
      ),
      opened.view && h("cr-wall-panel", { ".opened": opened, key: "panel" }),
    ];
  }

  #key(event) {
    if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.querySelector("#search").focus();
    } else if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open], :popover-open")) {
      this.#opened.close();
    }
  }
}

define("cr-wall", Wall);
