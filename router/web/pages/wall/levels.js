// How bad it is: "good", "fair" or "bad". What is closed, or has nothing to judge, is "none".

const ORDER = ["none", "good", "fair", "bad"];
const NEARLY = 0.8;

/** The worst of them. */
function worst(...levels) {
  return levels.reduce((one, other) => (ORDER.indexOf(other) > ORDER.indexOf(one) ? other : one), "none");
}

/** A wait by its target: bad where it is beyond twice that, as the alarm has it. */
export function waitLevel(seconds, target) {
  if (seconds === null || seconds === undefined) return "none";
  if (seconds <= target) return "good";
  return seconds <= 2 * target ? "fair" : "bad";
}

/** A service level by its objective: fair where four fifths of that are kept. */
export function shareLevel(share, objective) {
  if (share === null || share === undefined) return "none";
  if (share >= objective) return "good";
  return share >= NEARLY * objective ? "fair" : "bad";
}

/** A queue by all of it. */
export function queueLevel(queue) {
  const nobody = queue.waiting > 0 && queue.signed_in === 0 ? "bad" : "none";
  const level = worst(
    nobody,
    waitLevel(queue.longest_wait_s, queue.target_s),
    shareLevel(queue.service_level, queue.objective),
  );
  if (level !== "none") return level;
  return queue.open ? "good" : "none";
}

/** The floor by its alarms and queues. */
export function floorLevel({ queues, alarms }) {
  const rung = (alarms ?? []).map((alarm) => (alarm.severity === "critical" ? "bad" : "fair"));
  return worst(...rung, ...(queues ?? []).map(queueLevel));
}
