// What an agent decides about a contact, with a dialog where there is something to choose.

import { ask } from "/pages/shared/dialog.js";
import { h } from "/pages/shared/dom.js";
import { lengthOf } from "/pages/shared/format.js";
import { icon } from "/pages/shared/icons.js";
import { complain, trying } from "/pages/shared/notices.js";
import { label, t } from "/pages/shared/words.js";

/** End the talk, or say after its end, how it went. */
export async function finish(work, talk) {
  const { dispositions } = work.operation;
  let chosen = null;
  if (dispositions.length) {
    const said = await ask({
      title: t("complete_title", { who: work.nameOf(talk.contact) }),
      action: t("complete"),
      body: () =>
        h(
          "fieldset",
          { class: "options" },
          h("legend", {}, t("disposition")),
          dispositions.map((name, place) =>
            h(
              "label",
              { key: name, class: "option" },
              h("input", { type: "radio", name: "disposition", value: name, required: true, ".defaultChecked": place === 0, autofocus: place === 0 }),
              label(work.operation, "dispositions", name),
            ),
          ),
        ),
    });
    if (said === null) return;
    chosen = said.disposition;
  }
  await work.complete(talk, chosen);
}

/** Give it to a queue or to a colleague, with a note; and, on a channel that can, to a number outside. */
export async function transfer(work, talk) {
  let queues;
  let colleagues;
  const read = await trying(async () => {
    [{ items: queues }, { items: colleagues }] = await Promise.all([work.api.get("/queues"), work.api.get("/colleagues")]);
  });
  if (!read) return;
  let wanted = "";
  const said = await ask({
    title: t("transfer_title", { who: work.nameOf(talk.contact) }),
    action: t("transfer"),
    wide: true,
    body: (draw) => [
      h(
        "label",
        { class: "field" },
        h("span", {}, t("find")),
        h("input", { type: "search", autofocus: true, oninput: (event) => ((wanted = event.target.value.toLowerCase()), draw()) }),
      ),
      h("div", { class: "targets" }, [
        targets("queue", t("queues"), queues.filter(({ id }) => label(work.operation, "queues", id).toLowerCase().includes(wanted)).map((queue) => queueTarget(work, queue))),
        targets("agent", t("colleagues"), nearest(work, colleagues).filter(({ name }) => name.toLowerCase().includes(wanted)).map((one) => colleagueTarget(work, one))),
      ]),
      h("label", { class: "field" }, h("span", {}, t("transfer_note")), h("textarea", { name: "note", rows: 2, maxlength: 4000 })),
      powersField(work, talk),
    ],
  });
  if (said === null) return;
  const [kind, id] = [said.target.slice(0, said.target.indexOf(" ")), said.target.slice(said.target.indexOf(" ") + 1)];
  const fields = { [kind]: id, note: said.note.trim() || null };
  if (said.power) fields.requirement = { powers: { [said.power]: Number(said.amount) } };
  if (await work.change(talk, "transfer", fields)) work.drop(talk.id);
}

/** People beside himself, those who are there first, and of these those who are free. */
function nearest(work, colleagues) {
  const rank = ({ state, presence }) => (state === "idle" ? 0 : presence === "available" ? 1 : presence === "break" ? 2 : 3);
  return colleagues.filter((one) => one.id !== work.me.agent && !one.automatic).sort((one, other) => rank(one) - rank(other));
}

function targets(name, title, rows) {
  return h("fieldset", { key: name, class: "options" }, h("legend", {}, title), rows.length ? rows : h("p", { class: "soft small" }, t("nobody_found")));
}

function queueTarget(work, { id, waiting, longest_wait_s: longest, signed_in: there, open }) {
  return target("queue", id, [
    h(
      "span",
      { class: "lines" },
      h("span", { class: "cut" }, label(work.operation, "queues", id)),
      h("span", { class: "small soft" }, open ? t("queue_line", { waiting, longest: lengthOf(longest ?? 0), there }) : t("queue_closed")),
    ),
  ]);
}

function colleagueTarget(work, { id, name, group, state, presence, reason }) {
  const words = presence === "break" && reason ? label(work.operation, "breaks", reason) : t(`state_${state}`);
  return target("agent", id, [
    h("span", { class: `dot ${state}` }),
    h("span", { class: "lines" }, h("span", { class: "cut" }, name), h("span", { class: "small soft cut" }, [group && label(work.operation, "groups", group), words].filter(Boolean).join(" · "))),
  ]);
}

function target(kind, id, children) {
  return h("label", { key: id, class: "option" }, h("input", { type: "radio", name: "target", value: `${kind} ${id}`, required: true }), children);
}

/** Whoever gets it may have to be empowered to decide more than this agent. */
function powersField(work, talk) {
  const powers = Object.keys(work.operation.powers);
  if (powers.length === 0) return null;
  const [needed] = Object.entries(talk.contact.requirement.powers);
  return h(
    "div",
    { class: "pair" },
    h(
      "label",
      { class: "field" },
      h("span", {}, t("needs_power")),
      h("select", { name: "power" }, h("option", { value: "" }, t("needs_power_none")), powers.map((name) => h("option", { key: name, value: name }, label(work.operation, "powers", name)))),
    ),
    h("label", { class: "field" }, h("span", {}, t("amount")), h("input", { name: "amount", type: "number", min: 0, max: 1e9, ".defaultValue": String(needed?.[1] ?? 0) })),
  );
}

export async function park(work, talk) {
  await work.change(talk, "park");
}

export async function resume(work, talk) {
  if (await work.change(talk, "resume")) work.drop(talk.id);
}

/** Call a colleague or a number while the customer waits; or give the call to a number outside. */
export async function dial(work, talk, command) {
  let colleagues = [];
  if (command === "consult") {
    try {
      colleagues = nearest(work, (await work.api.get("/colleagues")).items).filter(({ media }) => media.includes("voice"));
    } catch (error) {
      complain(error);
      return;
    }
  }
  const said = await ask({
    title: t(`do_${command}`),
    action: t(command === "consult" ? "call" : "transfer"),
    body: () => [
      h("label", { class: "field" }, h("span", {}, t("number")), h("input", { name: "to", type: "tel", autofocus: true, pattern: "[+]?[0-9*#]{1,40}", required: command === "transfer", placeholder: "+7…" })),
      colleagues.length > 0 && targets("agent", t("or_colleague"), colleagues.map((one) => colleagueTarget(work, one)).map((row) => (row.children[0].properties.required = false, row))),
    ],
  });
  if (said === null || (!said.to && !said.target)) return;
  work.command(talk, command, said.to ? { to: said.to } : { agent: said.target.slice("agent ".length) });
}

/** Signs for a machine at the other end. */
export async function keypad(work, talk) {
  const digits = "123456789*0#".split("");
  await ask({
    title: t("do_digits"),
    body: () =>
      h("div", { class: "keypad" }, digits.map((digit) => h("button", { key: digit, type: "button", class: "button big", onclick: () => work.command(talk, "digits", { digits: digit }) }, digit))),
  });
}

/** A conversation of earlier, to be read. */
export async function readEarlier(work, talk, earlier, transcript) {
  let messages = [];
  const read = await trying(async () => {
    messages = await work.api.all(`/contacts/${talk.id}/earlier/${earlier.id}/messages`, {}, 1000);
  });
  if (!read) return;
  await ask({
    title: t("earlier_title", { queue: label(work.operation, "queues", earlier.queue) }),
    wide: true,
    body: () => (messages.length ? transcript(messages) : h("p", { class: "soft" }, icon("info"), t("nothing_written"))),
  });
}
