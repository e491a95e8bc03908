// What each slot did, and does.
import { el } from "./dom.js";
import { colourOf, ink, placeWords } from "./palette.js";
import { Gantt } from "./gantt.js";
import { model } from "./model.js";
import { History } from "./history.js";
import { detail } from "./jobs.js";

export function timeline(main) {
  let by = "user";
  const box = el("section", { class: "panel picture", "aria-label": "Timeline" }), legend = el("ul", { class: "legend", "aria-label": "Colours" }), chosen = el("div");
  const past = new History(() => gantt.picture.ask());
  const gantt = new Gantt(box, "Jobs over time, by machine", jobsWithin, {
    machines: (from, to) => past.look(from, to).machines && { ...past, machines: past.machines },
    colour: job => by === "user" ? colourOf(job.user) : ink(job.place),
    chosen: job => chosen.replaceChildren(el("section", { class: "panel" }, el("h2", {}, job.subject), detail(job))),
  });
  const spans = [["30 s", 30_000], ["2 min", 120_000], ["10 min", 600_000], ["1 h", 3_600_000], ["1 day", 86_400_000], ["1 week", 604_800_000]];
  const buttons = spans.map(([word, span]) => el("button", { type: "button", onclick: () => { gantt.span = span; gantt.picture.ask(); mark(); } }, word));
  const present = el("button", { type: "button", onclick: () => gantt.present() }, "now"), colours = el("button", { type: "button", onclick: () => { by = by === "user" ? "place" : "user"; update(); } });
  main.append(el("div", { class: "row" }, el("h1", { class: "sr" }, "Timeline"), el("span", { class: "row", role: "group", "aria-label": "How much" }, buttons), present, el("span", { class: "grow" }), colours), box, legend, chosen);

  /** Those at hand, and those that were asked for. */
  function jobsWithin(from, to) {
    const told = past.look(from, to), here = jobsOverTime();
    if (!told.jobs.length) return here;
    const known = new Set(told.jobs.map(job => job.id));
    return [...told.jobs, ...here.filter(job => !known.has(job.id))];
  }
  function mark() {
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(gantt.span === spans[index][1])));
    present.setAttribute("aria-pressed", String(gantt.follow));
  }
  function update() {
    colours.textContent = by === "user" ? "coloured by user" : "coloured by place";
    const users = [...new Set(jobsOverTime().map(job => job.user))].slice(0, 14);
    legend.replaceChildren(...(by === "user" ? users.map(user => item(colourOf(user), user)) : ["remote", "local", "failed"].map(place => item(ink(place), placeWords[place]))));
    mark();
    gantt.picture.ask();
  }
  const item = (colour, word) => el("li", {}, el("i", { class: "swatch", css: { background: colour } }), word);
  const key = event => {
    if (event.key === "+" || event.key === "=") gantt.zoom(0.7);
    else if (event.key === "-") gantt.zoom(1.4);
    else if (event.key === "ArrowLeft") gantt.pan(-gantt.span / 6);
    else if (event.key === "ArrowRight") gantt.pan(gantt.span / 6);
    else if (event.key === "n") gantt.present();
    else return false;
    mark();
    return true;
  };
  return { update, repaint: update, key, end: () => gantt.end(), picture: gantt.picture };
}

/** The jobs that somebody's compiler ran for: of the past, and under way. */
export function jobsOverTime(filter = () => true) {
  const running = [...model.running.values()].filter(job => job.worker || job.step === "local_compile")
    .map(job => ({ ...job, place: job.worker ? "remote" : "local", start: job.stepSince, stop: null }));
  return [...model.past.filter(job => (job.place === "remote" || job.place === "local") && job.compile > 0), ...running].filter(filter);
}
