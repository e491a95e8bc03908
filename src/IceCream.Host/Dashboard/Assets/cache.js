// What was not compiled again: results that were known, over time and by user.
import { el, Picture, Tip, clock, span, percent } from "./dom.js";
import { colourOf, ink, placeWords } from "./palette.js";
import { model, now } from "./model.js";

const kinds = ["cached", "joined", "remote", "local"];

export function cache(main) {
  let length = 600_000;
  const tiles = el("dl", { class: "tiles" }), box = el("section", { class: "panel picture", css: { "max-height": "420px" }, "aria-label": "Results over time" }), body = el("tbody");
  const spans = [["2 min", 120_000], ["10 min", 600_000], ["1 h", 3_600_000]];
  const buttons = spans.map(([word, span]) => el("button", { type: "button", onclick: () => { length = span; update(); } }, word));
  main.append(el("div", { class: "row" }, el("h1", {}, "Compiles, by how their results were had"), el("span", { class: "grow" }), buttons), tiles, box,
    el("ul", { class: "legend" }, kinds.map(kind => el("li", {}, el("i", { class: "swatch", css: { background: `var(--${kind})` } }), placeWords[kind]))),
    el("section", { class: "panel tablewrap", css: { flex: "0 1 auto" }, tabIndex: 0, "aria-label": "Users" }, el("table", {}, el("thead", {}, el("tr", {}, el("th", {}, "user"), el("th", {}, "known"), kinds.map(kind => el("th", { class: "n" }, placeWords[kind])))), body)),
    el("p", { class: "hint" }, "Why a result was not known, the agent's machine tells: icehost cache stats, and icehost cache why FILE."));
  const picture = new Picture(box, "Compiles over time, by how their results were had", draw), tip = new Tip(box);
  let columns = [];
  picture.canvas.addEventListener("pointermove", event => {
    const column = columns.find(each => event.offsetX >= each.x && event.offsetX < each.x + each.wide);
    if (!column) { tip.hide(); return; }
    tip.show(event.offsetX, event.offsetY, clock(column.at), kinds.map((kind, index) => column.values[index] ? `${placeWords[kind]}: ${column.values[index]}` : ""));
  });
  picture.canvas.addEventListener("pointerleave", () => tip.hide());
  const compiles = () => { const from = now() - length; return model.past.filter(job => job.purpose === "compile" && job.end >= from); };

  function draw(context, width, height) {
    const to = now(), from = to - length, buckets = Math.max(20, Math.min(80, Math.floor(width / 12))), sums = Array.from({ length: buckets }, () => [0, 0, 0, 0]);
    for (const job of compiles()) {
      const index = Math.min(buckets - 1, Math.floor((job.end - from) / length * buckets)), kind = kinds.indexOf(job.place);
      if (index >= 0 && kind >= 0) sums[index][kind]++;
    }
    const base = height - 30, left = 44, wide = width - left - 16, top = Math.max(4, ...sums.map(values => values.reduce((a, b) => a + b)));
    context.font = "11.5px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (let i = 0; i <= 2; i++) {
      const y = base - (base - 18) * i / 2;
      context.fillStyle = ink("line"); context.globalAlpha = 0.6; context.fillRect(left, y, wide, 1); context.globalAlpha = 1;
      context.fillStyle = ink("soft"); context.textAlign = "right";
      context.fillText(String(Math.round(top * i / 2)), left - 8, y);
    }
    context.textAlign = "center";
    for (let i = 0; i <= 4; i++) context.fillText(clock(from + length * i / 4, length < 600_000), Math.min(width - 32, Math.max(left + 14, left + wide * i / 4)), height - 13);
    columns = sums.map((values, index) => ({ values, x: left + wide * index / buckets, wide: wide / buckets, at: from + length * (index + 0.5) / buckets }));
    for (const column of columns) {
      let y = base;
      column.values.forEach((value, index) => {
        const tall = (base - 18) * value / top;
        context.fillStyle = ink(kinds[index]);
        context.fillRect(column.x + 1, y - tall, Math.max(1, column.wide - 2), tall);
        y -= tall;
      });
    }
  }

  function update() {
    const all = compiles(), of = kind => all.filter(job => job.place === kind).length, hits = of("cached") + of("joined");
    const took = new Map();
    let saved = 0;
    for (const job of model.past) if (job.compile > 0) took.set(`${job.folder}\n${job.subject}`, job.compile);
    for (const job of all) if (job.place === "cached" || job.place === "joined") saved += took.get(`${job.folder}\n${job.subject}`) ?? 0;
    const tile = (word, value, rest = "") => el("div", {}, el("dt", {}, word, rest ? el("small", {}, rest) : null), el("dd", {}, value));
    tiles.replaceChildren(tile("results known", all.length ? percent(hits / all.length) : "–", all.length ? `${hits} of ${all.length}` : ""), tile("given back", String(of("cached"))), tile("joined an equal job", String(of("joined"))),
      tile("compiled", String(of("remote") + of("local"))), tile("compiling saved, at least", saved ? span(saved) : "–"));
    const users = [...new Set(all.map(job => job.user))].sort();
    body.replaceChildren(...users.map(user => {
      const own = all.filter(job => job.user === user), number = kind => own.filter(job => job.place === kind).length, part = (number("cached") + number("joined")) / own.length;
      return el("tr", {}, el("td", {}, el("span", { class: "swatch", css: { background: colourOf(user), "margin-right": "8px" } }), user),
        el("td", {}, el("span", { class: "meter" }, el("i", { css: { width: `${part * 100}%`, background: "var(--cached)" } })), percent(part)), kinds.map(kind => el("td", { class: "n" }, String(number(kind)))));
    }));
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(spans[index][1] === length)));
    picture.say(all.length ? `${all.length} compiles: ${kinds.map(kind => `${of(kind)} ${placeWords[kind]}`).join(", ")}.` : "Nothing was compiled in this time.");
    picture.ask();
  }
  const timer = setInterval(() => picture.ask(), 2000);
  return { update, repaint: update, end: () => { clearInterval(timer); picture.end(); }, picture };
}
