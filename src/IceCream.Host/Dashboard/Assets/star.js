// The farm as a star: the scheduler in the middle, workers round it, and each job a bow from the machine it came from to the one that does it.
import { el, Picture, Tip, span, bytes, count } from "./dom.js";
import { colourOf, ink } from "./palette.js";
import { model, now, onEnd, workers, atHome } from "./model.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");
const tau = Math.PI * 2;
const order = new Intl.Collator("en", { numeric: true }).compare;

export function star(main) {
  const box = el("section", { class: "panel picture", "aria-label": "Star" }), legend = el("ul", { class: "legend", "aria-label": "Users" });
  main.append(box, legend);
  const places = new Map(), sparks = [];
  let pointer = null, focus = null, sortedFor = null, sorted = [];

  const picture = new Picture(box, "The farm as a star", draw);
  const tip = new Tip(box);
  const stop = onEnd(job => {
    if (document.hidden) return;
    sparks.push({ at: performance.now(), job });
    const most = model.running.size > 250 ? 50 : 300;
    if (sparks.length > most) sparks.splice(0, sparks.length - most);
    picture.ask();
  });
  picture.canvas.addEventListener("pointermove", event => { pointer = { x: event.offsetX, y: event.offsetY }; picture.ask(); });
  picture.canvas.addEventListener("pointerleave", () => { pointer = null; focus = null; tip.hide(); picture.ask(); });

  // Where everything wants to be. Nodes keep their order, so that a farm looks the same from day to day.
  function layout(width, height) {
    if (sortedFor !== model.nodes) { sortedFor = model.nodes; sorted = workers().sort((a, b) => order(a.name, b.name)); }
    const all = sorted, agents = agentNames();
    const cx = width / 2, cy = height / 2, reach = Math.max(60, Math.min(width, height) / 2 - (all.length > 60 ? 18 : 62));
    const wide = width > height * 1.25 ? Math.min(1.7, width / height * 0.9) : 1, high = height > width * 1.25 ? Math.min(1.5, height / width * 0.85) : 1;
    const rings = Math.max(1, Math.ceil(Math.sqrt(all.length / 26)));
    const wanted = new Map();
    let placed = 0;
    for (let ring = 0; ring < rings; ring++) {
      const radius = rings === 1 ? reach : reach * (0.5 + 0.5 * (ring + 1) / rings);
      const weight = (0.5 + 0.5 * (ring + 1) / rings) / Array.from({ length: rings }, (_, i) => 0.5 + 0.5 * (i + 1) / rings).reduce((a, b) => a + b);
      const here = ring === rings - 1 ? all.length - placed : Math.round(all.length * weight);
      for (let i = 0; i < here; i++) {
        const angle = -tau / 4 + tau * (i + (ring % 2) / 2) / here, node = all[placed + i];
        if (!node) break;
        const room = Math.min(tau * radius / Math.max(here, 1), reach / rings * 0.9) / 2;
        const size = Math.max(3.5, Math.min(7 + 5.2 * Math.sqrt(node.slots), room * 0.78, 46));
        wanted.set(`w ${node.name}`, { x: cx + Math.cos(angle) * radius * wide, y: cy + Math.sin(angle) * radius * high, size, angle, node });
      }
      placed += here;
    }
    const inner = reach * (rings === 1 ? 0.42 : 0.3);
    agents.forEach((agent, index) => {
      const angle = -tau / 4 + tau * (index + 0.5) / agents.length;
      wanted.set(`a ${agent}`, { x: cx + Math.cos(angle) * inner * wide, y: cy + Math.sin(angle) * inner * high, size: agents.length > 40 ? 4 : 9, angle, agent });
    });
    return { wanted, cx, cy };
  }

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

  // One bow for each job; in a large farm one for each pair of machines, and all of a colour drawn at once.
  function bows(context, byWorker, cx, cy, time) {
    const isDense = model.running.size > 250, lines = new Map(), dots = new Map();
    for (const [name, jobs] of byWorker) {
      const to = places.get(`w ${name}`), perAgent = new Map();
      for (const job of to ? jobs : []) {
        const from = places.get(`a ${job.agent}`), nth = perAgent.get(job.agent) ?? 0;
        perAgent.set(job.agent, nth + 1);
        if (!from || nth > (isDense ? 0 : 12)) continue;
        const colour = colourOf(job.user), bend = 0.05 + 0.045 * Math.ceil(nth / 2) * (nth % 2 ? 1 : -1);
        const mx = (from.x + to.x) / 2, my = (from.y + to.y) / 2;
        const px = mx + (cx - mx) * 0.35 - (to.y - from.y) * bend, py = my + (cy - my) * 0.35 + (to.x - from.x) * bend;
        const line = lines.get(colour) ?? lines.set(colour, new Path2D()).get(colour), dot = dots.get(colour) ?? dots.set(colour, new Path2D()).get(colour);
        line.moveTo(from.x, from.y);
        line.quadraticCurveTo(px, py, to.x, to.y);
        if (still.matches) continue;
        const t = ((time / 1500) + (hash(job.id) % 100) / 100) % 1, size = 0.8 + 1.9 * Math.sin(t * Math.PI);
        const x = (1 - t) ** 2 * from.x + 2 * t * (1 - t) * px + t * t * to.x, y = (1 - t) ** 2 * from.y + 2 * t * (1 - t) * py + t * t * to.y;
        if (isDense) dot.rect(x - 1, y - 1, 2, 2); else { dot.moveTo(x + size, y); dot.arc(x, y, size, 0, tau); }
      }
    }
    context.lineWidth = isDense ? 1 : 1.6;
    for (const [colour, line] of lines) { context.strokeStyle = colour; context.globalAlpha = isDense ? 0.22 : 0.5; context.stroke(line); }
    context.globalAlpha = 1;
    for (const [colour, dot] of dots) { context.fillStyle = colour; context.fill(dot); }
    return lines.size > 0 && !still.matches;
  }

  function draw(context, width, height, time) {
    const { wanted, cx, cy } = layout(width, height);
    let moves = settle(wanted);
    const byWorker = new Map(), byHome = new Map();
    for (const job of model.running.values()) {
      const map = job.worker ? byWorker : atHome(job) ? byHome : null;
      if (!map) continue;
      const key = job.worker || job.agent;
      if (!map.has(key)) map.set(key, []);
      map.get(key).push(job);
    }

    // Bows first, below the nodes.
    moves = bows(context, byWorker, cx, cy, time) || moves;

    // What has just ended: a ring that opens and fades, where it was done.
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
      moves = true;
    }
    context.globalAlpha = 1;

    hub(context, cx, cy, time);
    focus = null;
    for (const [key, place] of places) {
      if (pointer && Math.hypot(pointer.x - place.x, pointer.y - place.y) < Math.max(place.size + 4, 12)) focus = place;
      context.globalAlpha = Math.max(0, place.seen);
      if (place.node) worker(context, place, byWorker.get(place.node.name) ?? [], places.size);
      else agent(context, place, byHome.get(place.agent) ?? [], places.size, width);
    }
    context.globalAlpha = 1;
    hover(byWorker, byHome);
    return moves;
  }

  function hub(context, x, y) {
    const glow = context.createRadialGradient(x, y, 2, x, y, 44);
    glow.addColorStop(0, ink("accent"));
    glow.addColorStop(0.24, `${ink("accent")}55`);
    glow.addColorStop(1, `${ink("accent")}00`);
    context.fillStyle = glow;
    context.beginPath(); context.arc(x, y, 44, 0, tau); context.fill();
    context.fillStyle = ink("ground");
    context.beginPath(); context.arc(x, y, 8.5, 0, tau); context.fill();
    context.fillStyle = ink("accent");
    context.beginPath(); context.arc(x, y, 5, 0, tau); context.fill();
  }

  // A ring of slots, filled in the colours of the users whose jobs are in them.
  function worker(context, place, jobs, total) {
    const { x, y, size, node } = place, slots = Math.max(1, node.slots), off = node.state === "drained" || node.state === "refusing" || node.state === "set aside";
    context.fillStyle = ink("raised");
    context.beginPath(); context.arc(x, y, size, 0, tau); context.fill();
    const width = Math.max(2.2, size * 0.26);
    context.lineWidth = width;
    context.lineCap = "butt";
    if (slots > 48 || size < 7 || total > 80) {
      context.strokeStyle = ink("line");
      context.beginPath(); context.arc(x, y, size, 0, tau); context.stroke();
      let from = -tau / 4;
      for (const [user, number] of tally(jobs)) {
        const to = from + tau * Math.min(1, number / slots);
        context.strokeStyle = colourOf(user);
        context.beginPath(); context.arc(x, y, size, from, to); context.stroke();
        from = to;
      }
    } else {
      const gap = slots === 1 ? 0 : Math.min(0.16, 1.2 / slots);
      for (let slot = 0; slot < slots; slot++) {
        context.strokeStyle = slot < jobs.length ? colourOf(jobs[slot].user) : ink("line");
        context.beginPath();
        context.arc(x, y, size, -tau / 4 + tau * slot / slots + gap / 2, -tau / 4 + tau * (slot + 1) / slots - gap / 2);
        context.stroke();
      }
    }
    if (off) {
      context.strokeStyle = ink("warn");
      context.lineWidth = 1.6;
      context.setLineDash([3, 3]);
      context.beginPath(); context.arc(x, y, size + width, 0, tau); context.stroke();
      context.setLineDash([]);
    }
    if (size >= 13) {
      context.fillStyle = jobs.length ? ink("text") : ink("faint");
      context.font = `600 ${Math.min(16, size * 0.72)}px system-ui, sans-serif`;
      context.textAlign = "center"; context.textBaseline = "middle";
      context.fillText(String(jobs.length), x, y + 0.5);
    }
    if (total <= 70) label(context, node.name, x, y + size + width + 10, ink("soft"));
  }

  function agent(context, place, jobs, total, width) {
    const { x, y, size } = place, user = place.agent.split("@")[0], colour = colourOf(user);
    context.save();
    context.translate(x, y);
    context.rotate(tau / 8);
    context.fillStyle = colour;
    const side = size * 1.25;
    context.beginPath();
    context.roundRect(-side / 2, -side / 2, side, side, 3);
    context.fill();
    context.restore();
    jobs.slice(0, 24).forEach((job, index) => {
      const angle = -tau / 4 + tau * index / Math.max(8, Math.min(24, jobs.length));
      context.fillStyle = ink("local");
      context.beginPath();
      context.arc(x + Math.cos(angle) * (size + 6), y + Math.sin(angle) * (size + 6), 2.2, 0, tau);
      context.fill();
    });
    if (total <= 70) label(context, width < 600 ? user : place.agent, x, y + size + 13, ink("text"));
  }

  function label(context, text, x, y, colour) {
    const short = text.length > 22 ? `${text.slice(0, 21)}…` : text;
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "center"; context.textBaseline = "middle";
    context.lineWidth = 3.5;
    context.strokeStyle = ink("panel");
    context.lineJoin = "round";
    context.strokeText(short, x, y);
    context.fillStyle = colour;
    context.fillText(short, x, y);
  }

  function hover(byWorker, byHome) {
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
    const all = workers(), busy = [...model.running.values()].filter(job => job.worker);
    picture.say(`${count(all.length, "worker")} with ${count(all.reduce((sum, node) => sum + node.slots, 0), "slot")}, ${busy.length} busy. `
      + tally(busy).slice(0, 8).map(([user, number]) => `${user} has ${count(number, "job")} on workers.`).join(" ")
      + all.slice(0, 30).map(node => ` ${node.name}: ${busy.filter(job => job.worker === node.name).length} of ${node.slots}.`).join(""));
    picture.ask();
  }

  const settled = () => places.size > 0 && [...places.values()].every(place => place.seen === 1);
  return { update, settled, repaint: () => { update(); picture.ask(); }, end: () => { stop(); picture.end(); }, picture };
}

function tally(jobs) {
  const counts = new Map();
  for (const job of jobs) counts.set(job.user, (counts.get(job.user) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

function hash(text) {
  let sum = 7;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) | 0;
  return Math.abs(sum);
}
