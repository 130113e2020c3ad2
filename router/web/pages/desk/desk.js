// The desk: where an agent works.

import "/pages/shared/common.js";
import "/pages/shared/notices.js";
import "/pages/desk/words.js";
import "/pages/desk/bar.js";
import "/pages/desk/call.js";
import "/pages/desk/composer.js";
import "/pages/desk/details.js";
import "/pages/desk/list.js";
import "/pages/desk/messages.js";
import "/pages/desk/offers.js";
import "/pages/desk/pane.js";
import { Part, define, h } from "/pages/shared/dom.js";
import { icon } from "/pages/shared/icons.js";
import { settings } from "/pages/shared/settings.js";
import { enter, leave } from "/pages/shared/signin.js";
import { t } from "/pages/shared/words.js";
import { Alerting } from "/pages/desk/alerting.js";
import { listenToKeys } from "/pages/desk/keys.js";
import { Work } from "/pages/desk/work.js";

/** So wide a conversation wants to be. */
const PANE_PX = 285;

class Desk extends Part {
  work = null;
  #room = 1;
  #details = false;

  watches() {
    return [this.work, settings];
  }

  connectedCallback() {
    this.addEventListener("details", () => this.#toggleDetails());
    this.addEventListener("keydown", (event) => event.key === "Escape" && this.#details && this.#toggleDetails());
    super.connectedCallback();
    new ResizeObserver(([entry]) => this.#measure(entry.contentRect.width)).observe(this.querySelector(".panes"));
  }

  view() {
    const { work } = this;
    const narrow = work.focus === null ? "shows-list" : "shows-talk";
    return [
      h("cr-bar", { key: "bar", ".work": work }),
      h(
        "div",
        { key: "floor", class: `floor ${narrow} ${this.#details ? "shows-details" : ""}` },
        h("cr-list", { key: "list", ".work": work }),
        h(
          "main",
          { key: "main" },
          h("cr-offers", { key: "offers", ".work": work }),
          h("div", { key: "panes", class: "panes" }, this.#panes()),
        ),
        h("cr-details", { key: "details", ".work": work }),
      ),
      h("cr-notices", { key: "notices" }),
    ];
  }

  /** As many conversations as there is room for, the one in focus among them. */
  #panes() {
    const { work } = this;
    const { focused } = work;
    const all = focused?.contact.state === "parked" ? [...work.open, focused] : work.open;
    if (all.length === 0) return work.offers.size === 0 && this.#empty();
    const room = Math.max(1, this.#room);
    const at = Math.max(0, all.indexOf(focused));
    const from = Math.max(0, Math.min(at - room + 1 > 0 ? at - room + 1 : 0, all.length - room));
    return all.slice(from, from + room).map((talk) => h("cr-pane", { key: talk.id, id: `pane-${talk.id}`, ".work": work, ".talk": talk }));
  }

  /** Nothing to do: why, and what to do about it. */
  #empty() {
    const { agent } = this.work;
    if (!agent) return h("div", { key: "empty", class: "empty" }, h("p", { class: "soft" }, t("connecting")));
    const picture = { available: "check", break: "coffee", offline: "leave" }[agent.presence];
    const wraps = agent.state === "wrap_up";
    return h(
      "div",
      { key: "empty", class: "empty" },
      h("span", { class: `medal ${wraps ? "wrap_up" : agent.presence}` }, icon(wraps ? "note" : picture)),
      h("h2", {}, t(wraps ? "empty_wrap_up" : `empty_${agent.presence}`)),
      h("p", { class: "soft" }, wraps ? h("cr-clock", { class: "large", ".until": agent.wrap_up_until }) : t(`empty_${agent.presence}_hint`)),
      wraps && h("button", { type: "button", class: "button main big", onclick: () => this.work.ready() }, t("ready_now")),
      !wraps && agent.presence !== "available" && h("button", { type: "button", class: "button main big", onclick: () => this.work.present("available") }, t("be_available")),
    );
  }

  #measure(width) {
    const room = Math.max(1, Math.floor(width / PANE_PX));
    if (room === this.#room) return;
    this.#room = room;
    this.update();
  }

  #toggleDetails() {
    this.#details = !this.#details;
    this.update();
  }
}

define("cr-desk", Desk);

function start({ api, me, operation }) {
  const work = new Work({ api, me, operation });
  const desk = document.createElement("cr-desk");
  desk.work = work;
  document.body.append(desk);
  new Alerting(work);
  listenToKeys(work);
  // Whoever comes back to the window has seen what is on it.
  for (const event of ["focus", "visibilitychange"]) window.addEventListener(event, () => work.changed());
  work.live.watch(() => {
    if (work.live.state === "refused") leave({ why: "refused_unauthorized" });
  });
  work.start();
}

enter(["agent"], start);
