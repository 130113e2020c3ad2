// Asking a person something before going on.

import { Part, define, h, patch } from "/pages/shared/dom.js";
import { t } from "/pages/shared/words.js";

/**
 * Show a dialog and wait for its end. `body(draw)` describes what is in it, and may have it drawn anew; `kind` is "main" or
 * "bad". Gives the form's fields by their names, or null where the person thought better of it.
 */
export function ask({ title, body = () => [], action, kind = "main", wide = false }) {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    if (wide) dialog.className = "wide";
    dialog.setAttribute("aria-label", title);
    const draw = () =>
      patch(dialog, [
        h(
          "form",
          { method: "dialog" },
          h("h2", {}, title),
          body(draw),
          h(
            "div",
            { class: "actions" },
            h("button", { type: "button", class: "button", onclick: () => dialog.close("no") }, t(action ? "cancel" : "close")),
            action && h("button", { type: "submit", class: `button ${kind}`, value: "yes" }, action),
          ),
        ),
      ]);
    dialog.addEventListener("close", () => {
      const said = dialog.returnValue === "yes" ? Object.fromEntries(new FormData(dialog.querySelector("form"))) : null;
      dialog.remove();
      resolve(said);
    });
    document.body.append(dialog);
    draw();
    dialog.showModal();
    dialog.querySelector("[autofocus]")?.focus();
  });
}

let number = 0;

/**
 * `<cr-menu>`: a button that opens a list of choices. `.shows` says what: `face` is what stands on the button, and `name`
 * what it and the list are called, where the face has no words; `items` gives the choices, `look` is the button's class.
 */
class Menu extends Part {
  #id = `menu-${++number}`;
  #shows = { face: [], items: () => [], name: null, look: "button" };

  get shows() {
    return this.#shows;
  }

  set shows(shows) {
    this.#shows = { name: null, look: "button", ...shows };
    this.update();
  }

  view() {
    const { face, items, name, look } = this.#shows;
    return [
      h(
        "button",
        {
          type: "button",
          class: look,
          popovertarget: this.#id,
          "aria-haspopup": "menu",
          "aria-label": name,
          title: name,
        },
        face,
      ),
      h(
        "div",
        {
          id: this.#id,
          popover: "auto",
          role: "menu",
          "aria-label": name ?? t("menu"),
          ontoggle: (event) => this.#toggled(event),
          onkeydown: (event) => this.#key(event),
        },
        items(() => this.#list.hidePopover()),
      ),
    ];
  }

  get #list() {
    return this.querySelector("[popover]");
  }

  #toggled(event) {
    if (event.newState !== "open") return;
    const button = this.querySelector("button").getBoundingClientRect();
    const list = this.#list;
    const left = Math.max(8, Math.min(button.left, innerWidth - list.offsetWidth - 8));
    const below = button.bottom + 6 + list.offsetHeight <= innerHeight;
    list.style.setProperty("left", `${left}px`);
    list.style.setProperty("top", `${below ? button.bottom + 6 : Math.max(8, button.top - 6 - list.offsetHeight)}px`);
    list.querySelector("[role^=menuitem]")?.focus();
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const items = [...this.#list.querySelectorAll("[role^=menuitem]")];
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
  }
}

define("cr-menu", Menu);

/** One choice of a menu. `checked` where it is one of several of which one is chosen. */
export function choice(properties, ...children) {
  const { checked, ...more } = properties;
  const role = checked === undefined ? "menuitem" : "menuitemradio";
  return h(
    "button",
    { type: "button", class: "choice", role, "aria-checked": checked === undefined ? null : String(checked), tabindex: "-1", ...more },
    children,
  );
}
