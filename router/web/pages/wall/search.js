// Finding a contact by its id, or a customer by his.

import { Problem } from "/pages/shared/api.js";
import { complain, say } from "/pages/shared/notices.js";
import { t } from "/pages/shared/words.js";

/** Open the contacts of the customer of this id, else the contact; say so where there is neither. */
export async function find({ api }, opened, wanted) {
  const id = wanted.trim();
  if (id === "") return;
  try {
    const { items } = await api.get("/contacts", { customer: id, limit: 1 });
    if (items.length > 0) opened.show("found", id);
    else if (await exists(api, id)) opened.show("contact", id);
    else say(t("found_nothing", { id }));
  } catch (error) {
    complain(error);
  }
}

async function exists(api, id) {
  try {
    await api.get(`/contacts/${encodeURIComponent(id)}`);
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return false;
    throw error;
  }
}
