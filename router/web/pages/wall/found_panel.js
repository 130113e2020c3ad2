// All contacts of one customer.

import { define, h } from "/pages/shared/dom.js";
import { t } from "/pages/shared/words.js";
import { contactsView } from "/pages/wall/contact_list.js";
import { Fresh } from "/pages/wall/fresh.js";

const MOST = 100;

class FoundPanel extends Fresh {
  #contacts = [];

  async read() {
    this.#contacts = await this.api.all("/contacts", { customer: this.id, limit: MOST }, MOST);
  }

  shown() {
    return h("section", { "aria-label": t("contacts") }, contactsView(this.#contacts, this.opened, () => this.refresh()));
  }
}

define("cr-found-panel", FoundPanel);
