// What a supervisor can do with a queue: open it, close it, say something in it, for a while or for good.

import { clock } from "/pages/shared/clock.js";
import { h } from "/pages/shared/dom.js";
import { label, t } from "/pages/shared/words.js";
import { acting, chooser } from "/pages/wall/acting.js";

const LENGTHS_MIN = [30, 60, 120, 240, 480];
const LONGEST = 200;
const FOR_GOOD = "for good";

const pathOf = (queue) => `/queues/${encodeURIComponent(queue.id)}`;
const nameOf = (queue, { operation }) => label(operation, "queues", queue.id);

function until() {
  return chooser("until", "for_how_long", [[FOR_GOOD, t("for_good")], ...LENGTHS_MIN.map((length) => [String(length), length < 60 ? t("minutes", { n: length }) : t("hours_n", { n: length / 60 })])]);
}

function ends({ until: length }) {
  return { until: length !== FOR_GOOD ? new Date(clock.now() + Number(length) * 60_000).toISOString() : null };
}

function change(queue, floor, words, fields, bodyOf, kind) {
  return acting({
    title: t(`act_${words}`),
    means: [t("about_queue", { queue: nameOf(queue, floor), n: queue.waiting }), t(`means_${words}`)],
    fields,
    action: t(`do_${words}`),
    kind,
    act: (said) => floor.api.patch(pathOf(queue), bodyOf(said)),
    done: t("done_queue", { queue: nameOf(queue, floor) }),
    floor,
  });
}

export function closeQueue(queue, floor) {
  return change(queue, floor, "close_queue", until, (said) => ({ open: false, ...ends(said) }), "bad");
}

export function openQueue(queue, floor) {
  return change(queue, floor, "open_queue", until, (said) => ({ open: true, ...ends(said) }));
}

export function noteQueue(queue, floor) {
  const fields = () => [
    h(
      "label",
      { class: "field", key: "notice" },
      h("span", {}, t("notice_text")),
      h("input", { name: "notice", maxlength: String(LONGEST), autofocus: true, autocomplete: "off", ".defaultValue": queue.notice ?? "" }),
    ),
    until(),
  ];
  return change(queue, floor, "notice", fields, (said) => ({ notice: said.notice.trim() || null, ...(said.notice.trim() ? ends(said) : {}) }));
}

export function resetQueue(queue, floor) {
  return change(queue, floor, "reset_queue", () => [], () => ({ open: null, notice: null, until: null }));
}
