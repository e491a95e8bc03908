// The farm as a star: the scheduler in the middle, workers round it, and each job a bow from the machine it came from to the one that does it.
// Two layers: what changes only when jobs do, and above it what moves all the time.
import { el, Picture, Tip, span, bytes, count } from "./dom.js";
import { colourOf, ink } from "./palette.js";
import { model, now, onEnd, workers, atHome } from "./model.js";
import { layout } from "./starmap.js";
import { hub, worker, agent, tally } from "./starpaint.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");
const tau = Math.PI * 2, many = 250, mostBows = 1200, mostDots = 900, manyPause = 400;
const order = new Intl.Collator("en", { numeric: true }).compare;

export function star(main) {
  const box = el("section", { class: "panel picture", "aria-label": "Star" }), legend = el("ul", { class: "legend one", "aria-label": "Users" });
  main.append(box, legend);
  const places = new Map(), sparks = [];
  let pointer = null, focus = null, sortedFor = null, sorted = [], curves = [], byWorker = new Map(), byHome = new Map(), passed = 1, rested = 0, later = 0;

  const picture = new Picture(box, "The farm as a star", move, rest);
  const tip = new Tip(box);
  const stop = onEnd(job => {
    if (document.hidden) return;
    sparks.push({ at: performance.now(), job });
    const most = model.running.size > many ? 50 : 300;
    if (sparks.length > most) sparks.splice(0, sparks.length - most);
    picture.ask();
  });
  picture.canvas.addEventListener("pointermove", event => { pointer = { x: event.offsetX, y: event.offsetY }; hover(); });
  picture.canvas.addEventListener("pointerleave", () => { pointer = null; focus = null; tip.hide(); });

  function agentNames() {
    const names = new Set(model.nodes.filter(node => node.slots === 0).map(node => node.name));
    for (const job of model.running.values()) names.add(job.agent);
    return [...names].sort();
  }

  function settle(wanted) {
    let moves = false;
    for (const [key, target] of wanted) {
      const place = places.get(key);
      if (!place) { places.set(key, { ...target, seen: 0 }); moves = true; continue; }
      Object.assign(place, { node: target.node, agent: target.agent, angle: target.angle });
      const step = still.matches ? 1 : 0.16;
      for (const field of ["x", "y", "size"]) {
        const gap = target[field] - place[field];
        place[field] += Math.abs(gap) < 0.3 ? gap : gap * step;
        moves ||= Math.abs(gap) >= 0.3;
      }
      place.seen = still.matches ? 1 : Math.min(1, place.seen + 0.08);
      moves ||= place.seen < 1;
    }
    for (const [key, place] of places) {
      if (wanted.has(key)) continue;
      place.seen -= still.matches ? 1 : 0.08;
      moves = true;
      if (place.seen <= 0) places.delete(key);
    }
    return moves;
  }

  /** Which jobs are where: told anew when jobs are. */
  function sortJobs() {
    [byWorker, byHome] = [new Map(), new Map()];
    for (const job of model.running.values()) {
      const map = job.worker ? byWorker : atHome(job) ? byHome : null;
      if (!map) continue;
      const key = job.worker || job.agent;
      if (!map.has(key)) map.set(key, []);
      map.get(key).push(job);
    }
  }

  // One bow for each job; in a large farm one for each pair of machines, and of too many pairs every second or third, always the same ones.
  function bend(cx, cy) {
    const isDense = model.running.size > many, every = Math.ceil(curves.length * passed / mostBows) || 1;
    curves = [];
    passed = every;
    for (const [name, jobs] of byWorker) {
      const to = places.get(`w ${name}`), perAgent = new Map();
      for (const job of to ? jobs : []) {
        const from = places.get(`a ${job.agent}`), nth = perAgent.get(job.agent) ?? 0;
        perAgent.set(job.agent, nth + 1);
        if (!from || nth > (isDense ? 0 : 12) || (isDense && every > 1 && hash(name + job.agent) % every > 0)) continue;
        const part = 0.05 + 0.045 * Math.ceil(nth / 2) * (nth % 2 ? 1 : -1), mx = (from.x + to.x) / 2, my = (from.y + to.y) / 2;
        curves.push({
          colour: colourOf(job.user), phase: (hash(job.id) % 100) / 100, ax: from.x, ay: from.y, bx: to.x, by: to.y,
          px: mx + (cx - mx) * 0.35 - (to.y - from.y) * part, py: my + (cy - my) * 0.35 + (to.x - from.x) * part,
        });
      }
    }
  }

  /** Draws what rests between two changes: bows below, nodes above. All bows of a colour are drawn at once. */
  function rest(context, width, height) {
    if (sortedFor !== model.nodes) { sortedFor = model.nodes; sorted = workers().sort((a, b) => order(a.name, b.name)); }
    const { wanted, cx, cy } = layout(sorted, agentNames(), width, height), moves = settle(wanted), isDense = model.running.size > many;
    rested = performance.now();
    sortJobs();
    bend(cx, cy);
    const lines = new Map();
    for (const { colour, ax, ay, px, py, bx, by } of curves) {
      const line = lines.get(colour) ?? lines.set(colour, new Path2D()).get(colour);
      line.moveTo(ax, ay);
      line.quadraticCurveTo(px, py, bx, by);
    }
    context.lineWidth = isDense ? 1 : 1.6;
    context.globalAlpha = isDense ? 0.22 : 0.5;
    for (const [colour, line] of lines) { context.strokeStyle = colour; context.stroke(line); }
    context.globalAlpha = 1;
    hub(context, cx, cy);
    for (const place of places.values()) {
      context.globalAlpha = Math.max(0, place.seen);
      if (place.node) worker(context, place, byWorker.get(place.node.name) ?? [], places.size);
      else agent(context, place, byHome.get(place.agent) ?? [], places.size, width);
    }
    context.globalAlpha = 1;
    hover();
    return moves;
  }

  /** Draws what moves: a dot on each bow, and a ring that opens and fades where a job has just ended. */
  function move(context, width, height, time) {
    const isDense = model.running.size > many, dots = new Map(), every = Math.ceil(curves.length / mostDots);
    for (let i = 0; i < curves.length && !still.matches; i += every) {
      const { colour, phase, ax, ay, px, py, bx, by } = curves[i], dot = dots.get(colour) ?? dots.set(colour, new Path2D()).get(colour);
      const t = 0.04 + 0.92 * ((time / 1500 + phase) % 1), u = 1 - t, x = u * u * ax + 2 * t * u * px + t * t * bx, y = u * u * ay + 2 * t * u * py + t * t * by;
      if (isDense) { dot.rect(x - 1, y - 1, 2, 2); continue; }
      const size = 0.8 + 1.9 * Math.sin(t * Math.PI);
      dot.moveTo(x + size, y);
      dot.arc(x, y, size, 0, tau);
    }
    for (const [colour, dot] of dots) { context.fillStyle = colour; context.fill(dot); }
    for (let i = sparks.length - 1; i >= 0; i--) {
      const { at, job } = sparks[i], age = (performance.now() - at) / 900;
      if (age > 1) { sparks.splice(i, 1); continue; }
      const place = places.get(job.place === "remote" ? `w ${job.worker}` : `a ${job.agent}`);
      if (!place) continue;
      context.strokeStyle = job.exit > 0 || job.place === "failed" ? ink("failed") : job.place === "cached" || job.place === "joined" ? ink("cached") : colourOf(job.user);
      context.globalAlpha = (1 - age) * 0.8;
      context.lineWidth = 2.2 * (1 - age) + 0.4;
      context.beginPath();
      context.arc(place.x, place.y, place.size + 2 + age * 16, 0, tau);
      context.stroke();
    }
    context.globalAlpha = 1;
    return sparks.length > 0 || (curves.length > 0 && !still.matches);
  }

  function hover() {
    focus = null;
    for (const place of pointer ? places.values() : []) if (Math.hypot(pointer.x - place.x, pointer.y - place.y) < Math.max(place.size + 4, 12)) focus = place;
    if (!focus || !pointer) { tip.hide(); return; }
    const list = jobs => jobs.slice(0, 5).map(job => `${job.user}: ${job.subject} · ${span((now() - job.since) / 1000)}`);
    if (focus.node) {
      const jobs = byWorker.get(focus.node.name) ?? [], node = focus.node;
      tip.show(pointer.x, pointer.y, node.name, [
        `${jobs.length} of ${count(node.slots, "slot")} · ${node.state}${node.speed ? ` · speed ${node.speed.toFixed(2)}` : ""}${node.free_memory ? ` · ${bytes(node.free_memory)} free` : ""}`,
        node.remark, ...list(jobs), jobs.length > 5 ? `and ${jobs.length - 5} more` : ""]);
    } else {
      const jobs = byHome.get(focus.agent) ?? [], own = [...model.running.values()].filter(job => job.agent === focus.agent);
      tip.show(pointer.x, pointer.y, focus.agent, [`${own.filter(job => job.worker).length} on workers, ${jobs.length} at home, ${own.length} in all`, ...list(own)]);
    }
  }

  function update() {
    const shares = tally([...model.running.values()]);
    legend.replaceChildren(...shares.slice(0, 12).map(([user, number]) => el("li", {}, el("i", { class: "swatch", css: { background: colourOf(user) } }), `${user} ${number}`)),
      ...(shares.length ? [] : [el("li", {}, model.link === "on" ? "Nothing is being compiled." : "")]));
    const all = workers(), busy = [...model.running.values()].filter(job => job.worker), held = new Map();
    for (const job of busy) held.set(job.worker, (held.get(job.worker) ?? 0) + 1);
    picture.say(`${count(all.length, "worker")} with ${count(all.reduce((sum, node) => sum + node.slots, 0), "slot")}, ${busy.length} busy. `
      + tally(busy).slice(0, 8).map(([user, number]) => `${user} has ${count(number, "job")} on workers.`).join(" ")
      + all.slice(0, 30).map(node => ` ${node.name}: ${held.get(node.name) ?? 0} of ${node.slots}.`).join(""));
    // In a large farm something changes all the time, and nobody sees one job among thousands come a moment later.
    const pause = model.running.size > many ? manyPause - (performance.now() - rested) : 0;
    if (pause <= 0) picture.touch(); else later ||= setTimeout(() => { later = 0; picture.touch(); }, pause);
  }

  const settled = () => places.size > 0 && [...places.values()].every(place => place.seen === 1);
  return { update, settled, repaint: update, end: () => { stop(); clearTimeout(later); picture.end(); }, picture };
}

function hash(text) {
  let sum = 7;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) | 0;
  return Math.abs(sum);
}
