// Who has the farm: shares over time, and in sum.
import { el, Picture, Tip, span, clock, percent } from "./dom.js";
import { colourOf, ink } from "./palette.js";
import { model, now } from "./model.js";
import { jobsOverTime } from "./timeline.js";

export function users(main) {
  let length = 600_000;
  const box = el("section", { class: "panel picture", css: { "max-height": "460px" }, "aria-label": "Shares" }), body = el("tbody");
  const spans = [["2 min", 120_000], ["10 min", 600_000], ["1 h", 3_600_000]];
  const buttons = spans.map(([word, span]) => el("button", { type: "button", onclick: () => { length = span; update(); } }, word));
  main.append(el("div", { class: "row" }, el("h1", {}, "Compilers running at a time, by user"), el("span", { class: "grow" }), buttons), box,
    el("section", { class: "panel tablewrap", css: { flex: "0 1 auto" }, tabIndex: 0, "aria-label": "Users" }, el("table", {}, el("thead", {}, el("tr", {},
      el("th", {}, "user"), el("th", {}, "share"), ["running", "jobs", "compiling", "at home", "known"].map(word => el("th", { class: "n" }, word)))), body)));
  const picture = new Picture(box, "Compilers running at a time, by user", draw), tip = new Tip(box);
  let bands = [], edges = [];
  picture.canvas.addEventListener("pointermove", event => {
    const index = Math.floor((event.offsetX - 44) / Math.max(1, picture.width - 60) * edges.length);
    if (index < 0 || index >= edges.length) { tip.hide(); return; }
    tip.show(event.offsetX, event.offsetY, clock(edges[index]), bands.filter(band => band.values[index] > 0.05).map(band => `${band.user}: ${band.values[index].toFixed(1)}`));
  });
  picture.canvas.addEventListener("pointerleave", () => tip.hide());

  function draw(context, width, height) {
    const to = now(), from = to - length, buckets = Math.max(30, Math.min(160, Math.floor(width / 7))), step = length / buckets, sums = new Map();
    for (const job of jobsOverTime()) {
      const stop = job.stop ?? to;
      if (stop < from) continue;
      if (!sums.has(job.user)) sums.set(job.user, new Float64Array(buckets));
      const values = sums.get(job.user);
      for (let i = Math.max(0, Math.floor((job.start - from) / step)); i < buckets && from + i * step < stop; i++) {
        values[i] += Math.max(0, Math.min(stop, from + (i + 1) * step) - Math.max(job.start, from + i * step)) / step;
      }
    }
    edges = Array.from({ length: buckets }, (_, i) => from + (i + 0.5) * step);
    bands = [...sums].map(([user, values]) => ({ user, values })).sort((a, b) => a.user.localeCompare(b.user));
    const base = height - 30, left = 44, wide = width - left - 16;
    const top = nice(Math.max(1, ...edges.map((_, i) => bands.reduce((sum, band) => sum + band.values[i], 0))));
    context.font = "11.5px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (let i = 0; i <= 4; i++) {
      const y = base - (base - 18) * i / 4;
      context.fillStyle = ink("line"); context.globalAlpha = 0.6; context.fillRect(left, y, wide, 1); context.globalAlpha = 1;
      context.fillStyle = ink("soft"); context.textAlign = "right";
      context.fillText(String(Number((top * i / 4).toFixed(1))), left - 8, y);
    }
    context.textAlign = "center";
    for (let i = 0; i <= 4; i++) context.fillText(clock(from + length * i / 4, length < 600_000), Math.min(width - 32, Math.max(left + 14, left + wide * i / 4)), height - 13);
    const floor = new Float64Array(buckets);
    const x = i => left + wide * (i + 0.5) / buckets, y = value => base - (base - 18) * value / top;
    for (const { user, values } of bands) {
      context.beginPath();
      for (let i = 0; i < buckets; i++) context.lineTo(x(i), y(floor[i] + values[i]));
      for (let i = buckets - 1; i >= 0; i--) context.lineTo(x(i), y(floor[i]));
      context.closePath();
      context.fillStyle = colourOf(user);
      context.globalAlpha = 0.82;
      context.fill();
      context.globalAlpha = 1;
      for (let i = 0; i < buckets; i++) floor[i] += values[i];
    }
  }

  function update() {
    const from = now() - length, rows = new Map(), of = user => rows.get(user) ?? rows.set(user, { running: 0, jobs: 0, seconds: 0, local: 0, known: 0, compiles: 0 }).get(user);
    for (const job of model.running.values()) of(job.user).running++;
    for (const job of model.past) {
      if (job.end < from) continue;
      const row = of(job.user);
      row.jobs++;
      row.seconds += job.compile;
      if (job.purpose === "compile") { row.compiles++; row.local += job.place === "local"; row.known += job.place === "cached" || job.place === "joined"; }
    }
    const sum = [...rows.values()].reduce((total, row) => total + row.seconds, 0), all = [...rows].sort((a, b) => b[1].seconds - a[1].seconds);
    body.replaceChildren(...all.map(([user, row]) => el("tr", {},
      el("td", {}, el("span", { class: "swatch", css: { background: colourOf(user), "margin-right": "8px" } }), user),
      el("td", {}, el("span", { class: "meter" }, el("i", { css: { width: `${sum ? 100 * row.seconds / sum : 0}%`, background: colourOf(user) } })), sum ? percent(row.seconds / sum) : "–"),
      [row.running, row.jobs, span(row.seconds), row.compiles ? percent(row.local / row.compiles) : "–", row.compiles ? percent(row.known / row.compiles) : "–"].map(cell => el("td", { class: "n" }, String(cell))))));
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(spans[index][1] === length)));
    picture.say(all.length ? all.map(([user, row]) => `${user}: ${sum ? percent(row.seconds / sum) : "no"} of the time that compilers ran, ${row.jobs} jobs, ${row.running} running.`).join(" ") : "Nobody has compiled anything in this time.");
    picture.ask();
  }
  const timer = setInterval(() => picture.ask(), 1000);
  return { update, repaint: update, end: () => { clearInterval(timer); picture.end(); }, picture };
}

function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 8, 10].map(step => step * power).find(step => step >= value) ?? value;
}
