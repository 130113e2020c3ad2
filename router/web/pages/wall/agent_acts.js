// What a supervisor can do about an agent's presence.

import { label, t } from "/pages/shared/words.js";
import { acting, chooser, radios } from "/pages/wall/acting.js";

function change(agent, floor, words, fields, bodyOf, kind) {
  return acting({
    title: t(`act_${words}`),
    means: [t("about_agent", { agent: agent.name, state: t(`state_${agent.state}`).toLowerCase() }), t(`means_${words}`), agent.contacts.length > 0 && t("means_contacts", { n: agent.contacts.length })],
    fields,
    action: t(`do_${words}`),
    kind,
    act: (said) => floor.api.put(`/agents/${encodeURIComponent(agent.id)}/presence`, bodyOf(said)),
    done: t("done_presence", { agent: agent.name }),
    floor,
  });
}

export function makeAvailable(agent, floor) {
  return change(agent, floor, "available", () => [], () => ({ presence: "available" }));
}

export function sendToBreak(agent, floor) {
  const { operation } = floor;
  const reasons = operation.breaks.map((reason) => [reason, label(operation, "breaks", reason)]);
  const fields = () => [
    reasons.length > 0 && chooser("reason", "reason", reasons),
    radios("when", "when", [["now", t("when_now")], ["after_contact", t("when_after")]]),
  ];
  return change(agent, floor, "break", fields, ({ reason = null, when }) => ({ presence: "break", reason, when }));
}

export function signOutAgent(agent, floor) {
  const fields = () => radios("when", "when", [["now", t("when_now")], ["after_contact", t("when_after")]]);
  return change(agent, floor, "sign_out", fields, ({ when }) => ({ presence: "offline", when }), "bad");
}
