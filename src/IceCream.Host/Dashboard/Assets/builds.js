// Builds: a list, and a page for each.
import { el, span, bytes, day, percent, count, leaf } from "./dom.js";
import { colourOf, ink, placeWords } from "./palette.js";
import { model, now, past } from "./model.js";
import { Gantt } from "./gantt.js";
import { jobsOverTime } from "./timeline.js";
import { steps } from "./jobs.js";

export function builds(main, id) { return id ? page(main, Number(id)) : list(main); }

// A build that is silent may have ended: its time stands still until it is heard of again.
const isAlive = build => build.is_running && [...model.running.values()].some(job => job.agent === build.agent);
const wall = build => Math.max(0.001, ((isAlive(build) ? now() : Date.parse(build.ended)) - Date.parse(build.began)) / 1000);
const known = build => ((build.places.cached ?? 0) + (build.places.joined ?? 0)) / Math.max(1, build.compiles);
const title = build => build.name || leaf(build.folder) || build.folder;

/** How much longer the machine of the build would have taken by itself: its compiles in as many lines as it has slots, and never less than the longest. */
function gain(build) {
  if (!build.local_slots || !build.compile_seconds) return null;
  const alone = Math.max(build.compile_seconds / build.local_slots, build.slowest[0]?.seconds ?? 0);
  return { alone, times: alone / wall(build) };
}

function list(main) {
  const body = el("tbody");
  main.append(el("h1", { class: "sr" }, "Builds"), el("section", { class: "panel tablewrap", tabIndex: 0, "aria-label": "Builds" }, el("table", {}, el("thead", {}, el("tr", {},
    el("th", {}, "build"), el("th", { class: "less" }, "user"), el("th", { class: "less" }, "began"), ["took", "compiles", "known", "away", "faster"].map((word, index) => el("th", { class: index === 2 || index === 3 ? "n less" : "n" }, word)))), body)));
  function update() {
    body.replaceChildren(...(model.builds.length ? model.builds.map(build => {
      const away = (build.places.remote ?? 0) + (build.places.cached ?? 0) + (build.places.joined ?? 0), faster = gain(build);
      return el("tr", { "data-id": build.id, onclick: () => { location.hash = `builds/${build.id}`; } },
        el("td", { class: "wide", title: build.folder }, el("a", { href: `#builds/${build.id}` }, title(build)), build.is_running ? el("span", { class: "good" }, " under way") : null,
          build.failed ? el("span", { class: "bad" }, ` ${build.failed} failed`) : null, el("span", { class: "soft less" }, ` ${build.folder}`)),
        el("td", { class: "less" }, el("span", { class: "swatch", css: { background: colourOf(build.user), "margin-right": "7px" } }), build.user),
        el("td", { class: "less" }, day(Date.parse(build.began))), el("td", { class: "n" }, span(wall(build))), el("td", { class: "n" }, build.compiles.toLocaleString("en")),
        el("td", { class: "n less" }, percent(known(build))), el("td", { class: "n less" }, percent(away / Math.max(1, build.jobs))), el("td", { class: "n" }, faster ? `${faster.times.toFixed(1)}×` : "–"));
    }) : [el("tr", {}, el("td", { colSpan: 8, class: "empty" }, "No build has been seen yet. Jobs of one user from one tree are one build; icehost run gives it a name."))]));
  }
  return { update, repaint: update };
}

function page(main, id) {
  let build = null, jobs = [], ended = false, chain = { links: [], compiled: 0, waited: 0, rest: 0, gap: 0 };
  const head = el("div", { class: "row" }), tiles = el("dl", { class: "tiles" }), box = el("section", { class: "panel picture gantt", "aria-label": "Timeline of the build" }), grid = el("div", { class: "grid" });
  main.append(head, tiles, box, grid);
  const gantt = new Gantt(box, "Jobs of the build over time", () => jobs, { colour: job => ink(job.place), live: false, chain: () => chain.links });
  let first = true;

  async function load() {
    const answer = await fetch(`api/builds/${id}`);
    if (ended) return;
    if (!answer.ok) { main.replaceChildren(el("p", { class: "empty" }, `No build ${id} is known any more. `, el("a", { href: "#builds" }, "All builds"))); return; }
    const told = await answer.json();
    build = told.build;
    chain = { ...told.chain, links: told.chain.links.map(link => ({ ...link, to: Date.parse(link.ended), from: Date.parse(link.ended) - link.seconds * 1000 })) };
    const ids = new Set(told.jobs.map(job => job.id));
    jobs = [...told.jobs.map(past).filter(job => job.compile > 0 && (job.place === "remote" || job.place === "local")),
      ...(build.is_running ? jobsOverTime(job => job.stop === null && job.agent === build.agent && !ids.has(job.id)) : [])];
    show();
  }

  function show() {
    if (!build) return;
    const took = wall(build), faster = gain(build), home = build.places.local ?? 0;
    head.replaceChildren(...[el("h1", {}, title(build)), el("span", { class: "soft" }, `${build.user} · ${day(Date.parse(build.began))} · ${build.folder}`), build.is_running ? el("span", { class: "good" }, "under way") : null, el("span", { class: "grow" }), el("a", { href: `api/builds/${id}/trace`, download: `build-${id}.json`, title: "for ui.perfetto.dev, chrome://tracing and speedscope" }, "trace"), el("a", { href: "#builds" }, "all builds")].filter(Boolean));
    const tile = (word, value, rest = "") => el("div", {}, el("dt", {}, word, rest ? el("small", {}, rest) : null), el("dd", {}, value));
    tiles.replaceChildren(
      tile("took", span(took)), tile("compilers ran", span(build.compile_seconds), build.cpu_seconds ? `${span(build.cpu_seconds)} CPU` : ""),
      tile(faster ? `faster than with ${count(build.local_slots, "slot")} at home` : "faster than at home", faster ? `${faster.times.toFixed(1)}×` : "–", faster ? `which would take about ${span(faster.alone)}` : ""),
      tile("compiles", build.compiles.toLocaleString("en"), build.failed ? `${build.failed} failed` : ""), tile("results known", percent(known(build))), tile("at a time, at most", String(build.most_at_once)));
    gantt.live = false;
    if (first || build.is_running) gantt.show(Date.parse(build.began) - took * 15, Date.parse(build.began) + took * 1015);
    first = false;
    const longest = build.slowest[0]?.seconds || 1, panel = (word, ...content) => el("section", { class: "panel" }, el("h2", {}, word), ...content);
    const most = Math.max(1, ...build.reasons.map(reason => reason.count)), hardest = Math.max(1, ...Object.values(build.workers));
    const dearest = build.headers[0]?.seconds || 1;
    grid.replaceChildren(
      panel("What it waited for", ...waits(chain)),
      panel("Headers that cost most", ...(build.headers.length ? [bars(build.headers.slice(0, 12).map(header => [leaf(header.path), header.seconds / dearest, `${span(header.seconds)} in ${header.jobs}`, "joined", `${header.path}: ${bytes(header.bytes)}, given to ${count(header.jobs, "compile")}`])),
        el("p", { class: "hint below" }, "Seconds of compilers, and in how many compiles. Estimated: of each compile's time, the header's part of the bytes that it was given.")]
        : [el("p", { class: "hint" }, "Nobody has told: it is known where workers see what compiles read, and of headers that several compiles read.")])),
      panel("What took longest", bars(build.slowest.filter(file => file.seconds > 0).slice(0, 12).map(file => [leaf(file.subject), file.seconds / longest, span(file.seconds), file.place, `${file.subject} ${file.worker ? `on ${file.worker}` : placeWords[file.place] ?? ""}`]))),
      panel("Where the time of all jobs went", steps(Object.entries(build.steps))),
      panel("Where jobs were done", bars(Object.entries(build.places).sort((a, b) => b[1] - a[1]).map(([place, number]) => [placeWords[place] ?? place, number / Math.max(1, build.jobs), number.toLocaleString("en"), place]))),
      panel(home ? `Why ${count(home, "job")} stayed at home` : "Why jobs stayed at home", build.reasons.length ? bars(build.reasons.map(reason => [reason.reason, reason.count / most, String(reason.count), "local"])) : el("p", { class: "hint" }, "No compile stayed at home.")),
      panel("Workers", Object.keys(build.workers).length ? bars(Object.entries(build.workers).map(([name, number]) => [name, number / hardest, number.toLocaleString("en"), "remote"])) : el("p", { class: "hint" }, "No worker was needed.")));
  }

  load();
  const timer = setInterval(() => { if (build?.is_running) load(); }, 1500);
  return { update: changed => { if (changed.has("builds") && build && !build.is_running) return; }, repaint: show, end: () => { ended = true; clearInterval(timer); gantt.end(); }, picture: gantt.picture };
}

/** Where the time of the chain went, and its longest links. */
function waits(chain) {
  const parts = [["compilers ran", chain.compiled, "remote"], ["waiting for slots", chain.waited, "warn"], ["the rest of their roads", chain.rest, "faint"], ["no job under way", chain.gap, "line"]];
  const sum = parts.reduce((total, [, seconds]) => total + seconds, 0);
  if (!(sum > 0)) return [el("p", { class: "hint" }, "Its jobs are not at hand any more.")];
  const longest = [...chain.links].sort((a, b) => b.seconds - a.seconds).slice(0, 7), most = longest[0].seconds || 1;
  return [
    el("div", { class: "stack", "aria-hidden": "true" }, parts.map(([word, seconds, colour]) => el("i", { title: `${word}: ${span(seconds)}`, css: { flex: `${seconds / sum} 0 0`, background: `var(--${colour})` } }))),
    el("ul", { class: "legend below" }, parts.map(([word, seconds, colour]) => el("li", {}, el("i", { class: "swatch", css: { background: `var(--${colour})` } }), `${word} ${span(seconds)}`))),
    bars(longest.map(link => [leaf(link.subject), link.seconds / most, span(link.seconds), link.place, `${link.subject} ${link.worker ? `on ${link.worker}` : placeWords[link.place] ?? ""}`])),
    el("p", { class: "hint below" }, `Back from the last job, through ${count(chain.links.length, "job")}: each came when the one before it had ended, because it needed it or because a place was free. Which of the two only the build system knows.`)];
}

function bars(rows) {
  return el("dl", { class: "bars" }, rows.flatMap(([word, part, value, place, more]) => [
    el("dt", { title: more ?? word }, word, el("i", { css: { width: `${Math.max(1, part * 100)}%`, background: `var(--${place})` } })), el("dd", {}, value)]));
}
