// What is wrong at this moment, so that nobody overlooks it; and how the channels are.

import { h } from "/pages/shared/dom.js";
import { lengthOf, numberOf, percentOf } from "/pages/shared/format.js";
import { channelIcon, icon } from "/pages/shared/icons.js";
import { hasWords, label, t } from "/pages/shared/words.js";

const SHARES = new Set(["QueueBurnsFast", "QueueBurnsSlowly", "StoreNearFull"]);
const LENGTHS = new Set(["LongestWaitBeyondTwiceTarget", "TimersLate"]);
const SIGNS = { up: "check", degraded: "alert", down: "close" };
const LEVELS = { up: "good", degraded: "fair", down: "bad" };

/** The strip of alarms. Where there are none, it is said to those who listen, and in the head to those who look. */
export function alarmsView(floor) {
  const alarms = [...floor.alarms].sort((one, other) => rank(one) - rank(other));
  return h(
    "section",
    { class: alarms.length ? "alarms" : "unseen", key: "alarms", "aria-label": t("alarms") },
    h(
      "div",
      { role: "status" },
      alarms.length
        ? [h("strong", { class: "alarm-count" }, icon("bell"), t("alarms_n", { n: alarms.length })), alarmList(alarms, floor)]
        : t("no_alarms"),
    ),
  );
}

/** That there are no alarms, and how the channels are. */
export function statusView(floor) {
  if (floor.queues === null) return null;
  return h(
    "div",
    { class: "floor-status", key: "status" },
    floor.alarms.length === 0 && h("span", { class: "link good", "aria-hidden": "true" }, icon("check"), t("no_alarms")),
    h(
      "ul",
      { class: "channels", "aria-label": t("channels") },
      floor.channels.map((channel) => channelView(channel, floor)),
    ),
  );
}

const rank = (alarm) => (alarm.severity === "critical" ? 0 : 1);

function alarmList(alarms, floor) {
  return h(
    "ul",
    {},
    alarms.map((alarm) =>
      h(
        "li",
        { class: `alarm ${alarm.severity}`, key: idOf(alarm), "data-test": `alarm-${alarm.alarm}` },
        icon("alert"),
        h("span", {}, h("b", {}, placeOf(alarm, floor)), " ", wordsOf(alarm)),
        alarm.since && h("cr-clock", { ".since": alarm.since }),
      ),
    ),
  );
}

const idOf = ({ alarm, queue, channel, account, process }) => [alarm, queue, channel, account, process].join(" ");

function placeOf({ queue, channel, account, process }, { operation }) {
  if (queue) return label(operation, "queues", queue);
  if (channel) return named(operation, channel, account);
  return process ?? "";
}

function wordsOf({ alarm, value }) {
  const words = `alarm_${alarm}`;
  if (!hasWords(words)) return alarm;
  const shown = SHARES.has(alarm) ? percentOf(value) : LENGTHS.has(alarm) ? lengthOf(value) : numberOf(value);
  return t(words, { value: shown, n: value ?? 0 });
}

function channelView({ channel, account, medium, status, detail }, { operation }) {
  return h(
    "li",
    { class: `channel ${LEVELS[status]}`, key: `${channel} ${account}`, title: detail, "data-test": `channel-${channel}` },
    channelIcon(channel, medium),
    h("span", {}, named(operation, channel, account)),
    h("span", { class: "channel-state" }, icon(SIGNS[status]), h("span", { class: "channel-words" }, t(`channel_${status}`))),
  );
}

/** A channel; its account too, where that is not the usual one. */
function named(operation, channel, account) {
  const name = label(operation, "channels", channel);
  return account && account !== "main" ? `${name} (${account})` : name;
}
