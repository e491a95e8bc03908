// What the page knows of the farm: told once when it connects, and kept up to date by the scheduler's events.

const mostPast = 6000;
export const model = {
  network: "", version: "", nodes: [], running: new Map(), past: [], builds: [], lost: 0, offset: 0,
  link: "connecting", changes: 0,
};

const listeners = new Set();
/** Calls back when something has changed: with a set of what ("jobs", "status", "builds", "link"). */
export function listen(listener) { listeners.add(listener); return () => listeners.delete(listener); }

let dirty = new Set(), told = 0;
function changed(what) {
  dirty.add(what);
  model.changes++;
  if (told) return;
  told = setTimeout(() => {
    told = 0;
    const all = dirty;
    dirty = new Set();
    for (const listener of [...listeners]) listener(all);
  }, 60);
}

/** The scheduler's time: the clock of this machine may be another's. */
export const now = () => Date.now() + model.offset;

const moment = text => Date.parse(text);
const inSlot = new Set(["prepare", "compile", "collect"]), away = new Set(["send", "fetch", "slot", ...inSlot, "receive"]), here = new Set(["local_compile"]);

/** The last stretches of a job's road that lie in a set, one after the other: how long they took, and what came after them. */
function stay(steps, set) {
  let tail = 0, length = 0;
  for (let i = steps.length - 1; i >= 0; i--) {
    const [name, seconds] = steps[i];
    if (set.has(name)) length += seconds; else if (length > 0) break; else tail += seconds;
  }
  return { tail, length };
}

/** A job that has ended, with the time that it had its slot. */
export function past(job) {
  const end = moment(job.at), narrow = stay(job.steps, job.place === "local" ? here : inSlot), { tail, length } = narrow.length > 0 || job.place === "local" ? narrow : stay(job.steps, away);
  return { ...job, end, start: end - (tail + length) * 1000, stop: end - tail * 1000, came: end - job.seconds * 1000, compile: length };
}

// How many jobs ended in each second of late: more than the page keeps one by one.
const ends = new Map();
function count(end) {
  const second = Math.floor(end / 1000);
  ends.set(second, (ends.get(second) ?? 0) + 1);
  if (ends.size > 200) for (const old of [...ends.keys()].sort((a, b) => a - b).slice(0, 100)) ends.delete(old);
}
/** How many jobs ended in the last minute. */
export const lastMinute = () => [...ends].reduce((sum, [second, number]) => sum + (second * 1000 > now() - 60_000 ? number : 0), 0);

let seen = new Set();
function apply(event) {
  switch (event.e) {
    case "begin":
      model.running.set(event.id, { ...event, since: moment(event.at), step: event.step ?? "read", worker: event.worker ?? "", stepSince: moment(event.step_at ?? event.at) });
      break;
    case "step": {
      const job = model.running.get(event.id);
      if (job) { job.step = event.step; job.worker = event.worker; job.stepSince = moment(event.at); }
      break;
    }
    case "end": {
      const before = model.running.get(event.id);
      model.running.delete(event.id);
      // What ended as the page was told everything is told once more.
      if (seen.has(event.id)) break;
      seen.add(event.id);
      const job = past(event);
      job.seen = performance.now();
      count(job.end);
      if (before) job.from = before;
      model.past.push(job);
      if (model.past.length > mostPast) {
        model.past.splice(0, model.past.length - mostPast * 0.9);
        seen = new Set(model.past.map(each => each.id));
      }
      for (const hook of endings) hook(job);
      break;
    }
    case "forget":
      for (const [id, job] of model.running) if (!event.agent || job.agent === event.agent) model.running.delete(id);
      break;
  }
}

const endings = new Set();
/** Calls back for each job as it ends. */
export function onEnd(hook) { endings.add(hook); return () => endings.delete(hook); }

let refused = () => {};
/** Calls back when the scheduler wants a read token. */
export function onRefused(hook) { refused = hook; }

/** Why there is no stream: the scheduler is away, or wants to know who looks. */
async function knock() {
  const answer = await fetch("api/status", { method: "HEAD" }).catch(() => null);
  if (answer?.status === 401) refused();
}

/** Brings a read token. @returns whether it is good. */
export async function enter(token) {
  const answer = await fetch("api/session", { method: "POST", body: token.trim() }).catch(() => null);
  if (answer?.ok) connect();
  return answer?.ok ?? false;
}

let source;
export function connect() {
  source?.close();
  source = new EventSource("api/events");
  source.addEventListener("hello", message => {
    const hello = JSON.parse(message.data);
    model.network = hello.network; model.version = hello.version; model.nodes = hello.nodes; model.lost = hello.lost;
    model.offset = moment(hello.now) - Date.now();
    if (Math.abs(model.offset) < 2000) model.offset = 0;
    model.running.clear();
    model.past = hello.past.map(past);
    ends.clear();
    for (const job of model.past) count(job.end);
    seen = new Set(model.past.map(each => each.id));
    model.builds = hello.builds;
    for (const event of hello.running) apply(event);
    model.link = "on";
    ["jobs", "status", "builds", "link"].forEach(changed);
  });
  source.addEventListener("jobs", message => { for (const event of JSON.parse(message.data)) apply(event); changed("jobs"); });
  source.addEventListener("status", message => {
    const status = JSON.parse(message.data);
    model.nodes = status.nodes; model.lost = status.lost;
    changed("status");
  });
  source.addEventListener("builds", message => { model.builds = JSON.parse(message.data); changed("builds"); });
  source.onerror = () => {
    model.link = "off";
    changed("link");
    knock();
    // The browser tries again by itself unless it was refused: then so do we.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  };
}

/** How many slots a machine of the timeline has; 0 when nobody knows, as of one that is gone or that is somebody's home. */
export const slotsOf = key => key.startsWith("~ ") ? 0 : model.nodes.find(node => node.name === key)?.slots ?? 0;
export const isWorker = node => node.slots > 0;
export const workers = () => model.nodes.filter(isWorker);
export const userOf = agent => agent.split("@")[0];
export const atHome = job => job.step === "local_slot" || job.step === "local_compile";
export const isPlaced = job => job.worker !== "" || job.step === "local_compile";
