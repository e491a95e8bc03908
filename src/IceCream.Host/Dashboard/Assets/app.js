// The frame of the page: header, navigation, keys. Each view is a module that is mounted when its tab is chosen.
import { el, span, percent } from "./dom.js";
import { applyTheme, nextTheme, onSystemTheme } from "./palette.js";
import { model, connect, enter, lastMinute, listen, onRefused, workers } from "./model.js";
import { star } from "./star.js";
import { timeline } from "./timeline.js";
import { jobs } from "./jobs.js";
import { nodes } from "./nodes.js";
import { users } from "./users.js";
import { builds } from "./builds.js";
import { cache } from "./cache.js";

const views = { star, timeline, jobs, nodes, users, builds, cache };
const main = document.getElementById("view"), nav = document.querySelector("nav"), names = Object.keys(views);
let current = null;

names.forEach((name, index) => nav.append(el("a", { href: `#${name}` }, name[0].toUpperCase() + name.slice(1), el("kbd", { "aria-hidden": "true" }, String(index + 1)))));

// What stands in the address as typed, where it is no spelling of a text: one that throws would leave a page without any view.
function text(spelled) {
  try { return decodeURIComponent(spelled); } catch { return spelled; }
}

function show() {
  const [name, argument] = location.hash.slice(1).split("/");
  const chosen = Object.hasOwn(views, name) ? name : "star";
  current?.end?.();
  main.replaceChildren();
  for (const link of nav.children) {
    if (link.hash === `#${chosen}`) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  document.title = `${chosen} · IceLib ${model.network}`;
  current = views[chosen](main, argument ? text(argument) : undefined);
  current.update?.(new Set(["jobs", "status", "builds", "link"]));
  window.iceView = current;
}

function figures() {
  const all = workers(), slots = all.reduce((sum, node) => sum + node.slots, 0);
  const away = [...model.running.values()].filter(job => job.worker).length;
  const minute = Date.now() + model.offset - 60_000;
  const compiles = model.past.filter(job => job.purpose === "compile" && job.end > minute - 540_000);
  const known = compiles.filter(job => job.place === "cached" || job.place === "joined").length;
  const waiting = model.nodes.reduce((sum, node) => sum + node.waiting, 0);
  const entries = [
    ["workers", String(all.length), ""], ["slots busy", String(away), ` / ${slots}`], ["jobs a minute", lastMinute().toLocaleString("en"), ""],
    ["waiting", String(waiting), ""], ["results known", compiles.length ? percent(known / compiles.length) : "–", ""], ["users", String(new Set([...model.running.values()].map(job => job.user)).size), ""],
  ];
  document.getElementById("figures").replaceChildren(...entries.map(([word, number, rest]) => el("div", {}, el("dt", {}, word), el("dd", {}, number, el("small", {}, rest)))));
  document.getElementById("network").textContent = model.network;
  const link = document.getElementById("link");
  link.className = model.link;
  link.textContent = { on: "live", off: "reconnecting", connecting: "connecting" }[model.link];
}

function theme(next) {
  const mode = applyTheme(next);
  document.getElementById("theme").textContent = { system: "auto", light: "light", dark: "dark" }[mode];
  current?.repaint?.();
}

document.getElementById("theme").addEventListener("click", () => theme(nextTheme()));
const keys = document.getElementById("keys");
document.getElementById("help").addEventListener("click", () => keys.showModal());
onSystemTheme(() => theme());

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, dialog")) return;
  const index = Number(event.key) - 1;
  if (names[index]) location.hash = names[index];
  else if (event.key === "?") keys.showModal();
  else if (event.key === "t") theme(nextTheme());
  else if (event.key === "/") { location.hash = "jobs"; setTimeout(() => document.querySelector("#search")?.focus(), 30); }
  else if (!current?.key?.(event)) return;
  event.preventDefault();
});

const login = document.getElementById("login"), token = document.getElementById("token");
onRefused(() => { if (!login.open) login.showModal(); });
async function look() {
  const isGood = await enter(token.value);
  token.value = "";
  document.getElementById("refused").textContent = isGood ? "" : "That token is not good: it is none of this farm's, or its time is over.";
  if (isGood) login.close();
}
document.getElementById("enter").addEventListener("click", look);
token.addEventListener("keydown", event => { if (event.key === "Enter") { event.preventDefault(); look(); } });

window.addEventListener("hashchange", show);
document.addEventListener("visibilitychange", () => { if (!document.hidden) current?.repaint?.(); });
listen(changed => { figures(); current?.update?.(changed); });
setInterval(figures, 5000);
theme();
show();
connect();
window.ice = { model, span };
