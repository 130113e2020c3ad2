// BullMQ as a peer of the bench; see ../peers.py. Arguments: produce|consume, name, socket, jobs or concurrency.
// Prints a line "ready", then the producer waits for a line before it sends, and the consumer says how many are done.
import { Queue, Worker } from "bullmq";

const [role, , path, number] = process.argv.slice(2);
const NAME = "bench";
const BATCH = 100;
const EVERY_MS = 20;
const data = { note: "x".repeat(280) };

async function produce(jobs) {
  // Done is gone, as docs recommend of queues that are busy; likewise that many jobs are added in bulk.
  const queue = new Queue(NAME, { connection: { path }, defaultJobOptions: { removeOnComplete: true } });
  await queue.waitUntilReady();
  console.log("ready");
  await new Promise((resolve) => process.stdin.once("data", resolve));
  for (let sent = 0; sent < jobs; sent += BATCH) {
    const size = Math.min(BATCH, jobs - sent);
    await queue.addBulk(
      Array.from({ length: size }, (_, at) => ({ name: "job", data, opts: { priority: 1 + ((sent + at) % 10) } })),
    );
  }
  console.log("sent");
}

async function consume(concurrency) {
  let done = 0;
  let told = 0;
  const worker = new Worker(NAME, async () => {}, { connection: { path, maxRetriesPerRequest: null }, concurrency });
  worker.on("completed", () => done++);
  await worker.waitUntilReady();
  console.log("ready");
  setInterval(() => {
    if (done !== told) console.log((told = done));
  }, EVERY_MS);
}

await (role === "produce" ? produce(Number(number)) : consume(Number(number)));
