// Every machine of the farm: what it has, what it does, and why it does nothing.
import { el, bytes, count } from "./dom.js";
import { colourOf } from "./palette.js";
import { model, workers } from "./model.js";

export function nodes(main) {
  let order = "name";
  const body = el("tbody"), others = el("tbody"), info = el("p", { class: "hint" });
  const head = [["name", "worker"], ["slots", "busy"], ["speed", "speed"], ["load", "load"], ["memory", "memory free"], ["jobs", "jobs"], ["toolchains", "compilers held"], ["state", "state"]];
  const headers = head.map(([key, word], index) => el("th", { class: index === 6 ? "less" : index > 1 && index < 6 ? "n" : "", scope: "col" }, el("button", { type: "button", css: { padding: "0 2px", border: "0", background: "none", "min-height": "0", color: "inherit" }, onclick: () => { order = key; update(); } }, word)));
  main.append(el("div", { class: "row" }, el("h1", { class: "sr" }, "Nodes"), info),
    el("section", { class: "panel tablewrap", tabIndex: 0, "aria-label": "Workers" }, el("table", {}, el("thead", {}, el("tr", {}, headers)), body)),
    el("section", { class: "panel tablewrap", css: { flex: "0 1 auto", "min-height": "120px" }, tabIndex: 0, "aria-label": "Agents" },
      el("table", {}, el("thead", {}, el("tr", {}, ["agent", "under way", "waiting", "platform"].map(word => el("th", {}, word)))), others)));

  const keys = {
    name: node => node.name, slots: node => -busy(node).length / node.slots, speed: node => -(node.speed ?? 0), load: node => -(node.cpu_pressure ?? 0),
    memory: node => node.free_memory ?? 0, jobs: node => -node.jobs, toolchains: node => (node.toolchains[0] ?? "~"), state: node => node.state,
  };
  // Which jobs are where, sorted once for each picture: a farm has hundreds of workers, and thousands of jobs under way.
  let held = new Map(), given = new Map();
  const busy = node => held.get(node.name) ?? [];

  function update() {
    const failed = new Map();
    held = groups(job => job.worker);
    given = groups(job => job.agent);
    for (const job of model.past) if (job.worker && job.exit > 0) failed.set(job.worker, (failed.get(job.worker) ?? 0) + 1);
    const all = workers().sort((a, b) => compare(keys[order](a), keys[order](b)) || compare(a.name, b.name));
    headers.forEach((header, index) => header.setAttribute("aria-sort", head[index][0] === order ? "ascending" : "none"));
    body.replaceChildren(...all.slice(0, 2500).map(node => {
      const jobs = busy(node), tally = new Map();
      for (const job of jobs) tally.set(job.user, (tally.get(job.user) ?? 0) + 1);
      const quiet = node.state !== "ready" && node.state !== "full";
      return el("tr", {},
        el("td", { title: node.address }, node.name, el("span", { class: "soft less" }, ` ${node.platform}`)),
        el("td", {}, el("span", { class: "stack", css: { display: "inline-flex", width: "90px", "vertical-align": "middle", "margin-right": "9px" } },
          [...tally].map(([user, number]) => el("i", { title: `${user}: ${number}`, css: { flex: `0 0 ${100 * number / Math.max(node.slots, jobs.length)}%`, background: colourOf(user) } }))), `${jobs.length} / ${node.slots}`),
        el("td", { class: "n" }, node.speed === null ? "–" : node.speed.toFixed(2)),
        el("td", { class: "n" }, pressure(node.cpu_pressure)),
        el("td", { class: "n", title: node.memory ? `of ${bytes(node.memory)} for jobs` : "" }, bytes(node.free_memory)),
        el("td", { class: "n" }, node.jobs.toLocaleString("en"), failed.get(node.name) ? el("span", { class: "bad", title: "of the past at hand: compiles that did not end well" }, ` ${failed.get(node.name)} ✗`) : null),
        el("td", { class: "less soft", title: node.toolchains.join("\n") }, node.toolchains.length ? node.toolchains[0] : "–", node.toolchains.length > 1 ? el("span", {}, ` and ${node.toolchains.length - 1} more`) : null),
        el("td", { class: "wide" }, el("span", { class: quiet ? "warn" : "good" }, node.state), node.remark ? el("span", { class: "soft" }, ` ${node.remark}`) : null));
    }));
    const agents = model.nodes.filter(node => node.slots === 0);
    others.replaceChildren(...agents.slice(0, 1000).map(node => el("tr", {}, el("td", {}, node.name),
      el("td", {}, String((given.get(node.name) ?? []).length)), el("td", {}, String(node.waiting)), el("td", {}, node.platform))));
    info.textContent = `${count(all.length, "worker")}, ${count(all.reduce((sum, node) => sum + node.slots, 0), "slot")}, ${count(agents.length, "agent")}. Speed 1 is the average worker; load is the part of the last ten seconds in which somebody waited for a processor.`;
  }
  return { update, repaint: update };
}

/** The jobs under way by what they have in common. */
function groups(keyOf) {
  const found = new Map();
  for (const job of model.running.values()) {
    const key = keyOf(job);
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(job);
  }
  return found;
}

const compare = (a, b) => typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b;
const pressure = part => part === null || part === undefined ? "–" : `${Math.round(part * 100)} %`;
