// Jobs as bars over time, one line for each slot. A job that has ended lies in the slot that its worker told; where that is not known, and while it is
// under way, it lies in the first that is free. Of the way to the worker and back it is known only how long both took, so that two jobs of one slot may overlap by moments. Of a long time each machine is one band, as high as it was busy.
import { Picture, Tip, span, clock, count, percent } from "./dom.js";
import { colourOf, ink } from "./palette.js";
import { now, slotsOf } from "./model.js";
import { Chain } from "./chain.js";

const left = 132, axisHeight = 26, tallest = 24, lowest = 2, slack = 40;

export class Gantt {
  /** @param jobs gives the jobs: { id, user, subject, place, worker, agent, start, stop } with stop null while a job runs. */
  constructor(box, label, jobs, { colour = job => colourOf(job.user), chosen = () => {}, live = true, machines = () => null, chain = null } = {}) {
    Object.assign(this, { box, jobs, colour, chosen, live, machines, chain: chain && new Chain(chain), lanes: new Map(), follow: live, span: 120_000, to: now(), scroll: 0 });
    this.picture = new Picture(box, label, (context, width, height) => this.draw(context, width, height));
    this.tip = new Tip(box);
    const canvas = this.picture.canvas, fingers = new Map();
    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.pan((event.deltaX || event.deltaY) / this.scale);
      else if (event.ctrlKey || this.fits) this.zoom(Math.exp(event.deltaY * 0.0016), event.offsetX);
      else { this.scroll += event.deltaY; this.picture.ask(); }
    }, { passive: false });
    canvas.addEventListener("pointerdown", event => { fingers.set(event.pointerId, event); canvas.setPointerCapture(event.pointerId); this.moved = 0; });
    canvas.addEventListener("pointermove", event => {
      const before = fingers.get(event.pointerId);
      if (before && fingers.size === 1) {
        this.moved += Math.abs(event.offsetX - before.offsetX) + Math.abs(event.offsetY - before.offsetY);
        this.pan((before.offsetX - event.offsetX) / this.scale);
        this.scroll += before.offsetY - event.offsetY;
      } else if (before && fingers.size === 2) {
        const [one, other] = [...fingers.values()], was = Math.abs(one.offsetX - other.offsetX);
        fingers.set(event.pointerId, event);
        const [first, second] = [...fingers.values()], is = Math.abs(first.offsetX - second.offsetX);
        if (was > 10 && is > 10) this.zoom(was / is, (first.offsetX + second.offsetX) / 2);
      } else this.hover(event);
      if (before) fingers.set(event.pointerId, event);
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, event => {
      if (fingers.delete(event.pointerId) && end === "pointerup" && this.moved < 5) { const job = this.at(event.offsetX, event.offsetY); if (job && !job.band && !job.link) this.chosen(job); else if (job?.band) this.show(job.start - (job.stop - job.start), job.stop + (job.stop - job.start)); }
    });
    canvas.addEventListener("pointerleave", () => this.tip.hide());
  }

  get scale() { return Math.max(1, this.picture.width - this.left) / this.span; }
  get left() { return this.picture.width < 560 ? 74 : left; }

  show(from, to) { this.follow = false; this.span = Math.max(200, to - from); this.to = to; this.picture.ask(); }
  present() { this.follow = true; this.picture.ask(); }
  pan(milliseconds) { this.follow = false; this.to += milliseconds; if (this.live && this.to >= now()) { this.to = now(); this.follow = true; } this.picture.ask(); }
  zoom(factor, x = this.picture.width) {
    const span = Math.min(7 * 86_400_000, Math.max(500, this.span * factor)), at = this.follow ? 1 : (x - this.left) / Math.max(1, this.picture.width - this.left);
    this.to += (span - this.span) * (1 - at);
    this.span = span;
    this.picture.ask();
  }

  /** Lays the jobs into lines: machines by name, home after workers. */
  lay(from, to) {
    const groups = new Map();
    for (const job of this.jobs(from, to)) {
      const stop = job.stop ?? to + 1;
      if (stop < from || job.start > to) continue;
      const key = job.place === "local" ? `~ ${job.agent}` : job.worker;
      if (!key) continue;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(job);
    }
    const rows = [];
    for (const key of [...groups.keys()].sort((a, b) => a.startsWith("~ ") - b.startsWith("~ ") || a.localeCompare(b, "en", { numeric: true }))) {
      const ends = [], lanes = [], kept = this.lanes.get(key) ?? this.lanes.set(key, new Map()).get(key);
      for (const job of groups.get(key).sort((a, b) => a.start - b.start)) {
        let lane = job.slot > 0 ? job.slot - 1 : kept.get(job.id);
        if (lane === undefined || (ends[lane] ?? -Infinity) > job.start + slack) lane = ends.findIndex(end => end <= job.start + slack);
        if (lane < 0 || lane === undefined) lane = ends.length;
        for (let i = ends.length; i <= lane; i++) { ends.push(-Infinity); lanes.push([]); }
        ends[lane] = job.stop ?? Infinity;
        lanes[lane].push(job);
        kept.set(job.id, lane);
      }
      if (kept.size > 20_000) kept.clear();
      rows.push({ key, name: key.startsWith("~ ") ? `⌂ ${key.slice(2)}` : key, words: key.startsWith("~ ") ? `${key.slice(2)} at home` : key, lanes });
    }
    return rows;
  }

  draw(context, width, height) {
    if (this.follow) this.to = now();
    const from = this.to - this.span, edge = this.left, told = this.machines(from, this.to), top = this.chain ? axisHeight + this.chain.height : axisHeight;
    if (told) { this.bands(context, width, height, from, edge, told); return false; }
    const rows = this.lay(from, this.to);
    const lanes = rows.reduce((sum, row) => sum + row.lanes.length, 0), gaps = rows.length * 8, room = height - top - 8;
    this.lane = Math.max(lowest, Math.min(tallest, Math.floor((room - gaps) / Math.max(1, lanes) * 2) / 2));
    const tall = lanes * this.lane + gaps;
    this.fits = tall <= room;
    this.scroll = Math.max(0, Math.min(this.scroll, tall - room));
    this.boxes = [];
    this.axis(context, width, height, from, edge);
    this.chain?.draw(context, width, from, this.scale, edge, axisHeight, this.boxes);

    let y = top - this.scroll;
    context.save();
    context.beginPath(); context.rect(0, top, width, height - top); context.clip();
    for (const row of rows) {
      const start = y;
      for (const lane of row.lanes) {
        for (const job of lane) {
          const stop = job.stop ?? this.to, x = Math.max(edge, edge + (job.start - from) * this.scale), end = Math.min(width, edge + (stop - from) * this.scale);
          if (end < edge || x > width || y > height || y + this.lane < top) continue;
          const long = Math.max(end - x, 1.2), tallness = Math.max(1, this.lane - (this.lane > 6 ? 2.5 : 0.5));
          context.fillStyle = this.colour(job);
          context.globalAlpha = job.stop ? 0.88 : 1;
          context.beginPath();
          if (long > 5 && tallness > 5) context.roundRect(x, y, long - 0.7, tallness, 3); else context.rect(x, y, Math.max(1, long - 0.5), tallness);
          context.fill();
          if (this.chain?.holds(job)) { context.globalAlpha = 1; context.strokeStyle = ink("text"); context.lineWidth = 1.5; context.strokeRect(x + 0.5, y + 0.5, Math.max(1, long - 1.7), tallness - 1); }
          if (job.exit > 0) { context.fillStyle = ink("failed"); context.fillRect(x, y + tallness - 2, long - 0.7, 2); }
          context.globalAlpha = 1;
          if (long > 54 && this.lane >= 14) {
            context.save();
            context.beginPath(); context.rect(x, y, long - 6, tallness); context.clip();
            context.fillStyle = document.documentElement.classList.contains("light") ? "#fff" : "#0b1016";
            context.font = `${this.lane > 18 ? 12 : 11}px system-ui, sans-serif`;
            context.textAlign = "left"; context.textBaseline = "middle";
            context.fillText(job.subject.slice(job.subject.lastIndexOf("/") + 1), x + 6, y + tallness / 2 + 0.5);
            context.restore();
          }
          this.boxes.push([x, y, long, this.lane, job]);
        }
        y += this.lane;
      }
      this.name(context, row.name, edge, Math.max(start + 8, Math.min((start + y) / 2, height - 10)), y - start);
      context.fillStyle = ink("line");
      context.globalAlpha = 0.5;
      context.fillRect(0, y + 3.5, width, 1);
      context.globalAlpha = 1;
      y += 8;
    }
    context.restore();
    if (!rows.length) {
      context.fillStyle = ink("soft");
      context.font = "14px system-ui, sans-serif";
      context.textAlign = "center";
      context.fillText("Nothing was compiled in this time.", edge + (width - edge) / 2, height / 2);
    }
    this.picture.say(`From ${clock(from)} to ${clock(this.to)}: ` + (rows.length ? rows.slice(0, 40).map(row => `${row.words}: ${count(row.lanes.flat().length, "job")}, ${row.lanes.flat().filter(job => !job.stop).length} under way`).join("; ") : "nothing was compiled") + ".");
    this.again();
    return false;
  }

  /** The present moves: the next picture is due when it has moved by a point. */
  again() {
    clearTimeout(this.due);
    if (this.follow && !document.hidden) this.due = setTimeout(() => this.picture.ask(), Math.max(33, Math.min(5000, 1 / this.scale)));
  }

  /** How busy each machine was: a band for each, in the colours of those who had most of it. */
  bands(context, width, height, from, edge, told) {
    const rows = told.machines, room = height - axisHeight - 8, tall = Math.max(7, Math.min(84, Math.floor(room / Math.max(1, rows.length)) - 5)), gap = tall > 12 ? 6 : 2;
    this.fits = rows.length * (tall + gap) <= room;
    this.scroll = Math.max(0, Math.min(this.scroll, rows.length * (tall + gap) - room));
    this.boxes = [];
    this.axis(context, width, height, from, edge);
    context.save();
    context.beginPath(); context.rect(0, axisHeight, width, height - axisHeight); context.clip();
    const order = [...rows].sort((a, b) => a.key.startsWith("~ ") - b.key.startsWith("~ ") || a.key.localeCompare(b.key, "en", { numeric: true }));
    order.forEach((machine, index) => {
      const y = axisHeight + index * (tall + gap) - this.scroll;
      if (y + tall < axisHeight || y > height) return;
      const slots = slotsOf(machine.key) || Math.max(1, ...machine.parts.map(part => Math.ceil(part[1] * 1000 / told.part)));
      context.fillStyle = ink("raised");
      context.fillRect(edge, y, width - edge, tall);
      for (const [number, seconds, user, failed] of machine.parts) {
        const start = told.from + number * told.part, x = Math.max(edge, edge + (start - from) * this.scale), end = Math.min(width, edge + (start + told.part - from) * this.scale);
        if (end <= edge || x >= width) continue;
        const part = Math.min(1, seconds * 1000 / told.part / slots), high = Math.max(1.5, part * tall);
        context.fillStyle = colourOf(user);
        context.fillRect(x, y + tall - high, Math.max(1, end - x - (end - x > 4 ? 0.6 : 0)), high);
        if (failed > 0) { context.fillStyle = ink("failed"); context.fillRect(x, y, Math.max(1, end - x), 2); }
        this.boxes.push([x, y, Math.max(1, end - x), tall, { band: true, machine: machine.key, start, stop: start + told.part, part, user, failed, slots }]);
      }
      this.name(context, machine.key.startsWith("~ ") ? `⌂ ${machine.key.slice(2)}` : machine.key, edge, y + tall / 2, tall + gap);
    });
    context.restore();
    this.picture.say(`From ${clock(from)} to ${clock(this.to)}, ${count(told.count, "job")}: ` + order.slice(0, 40).map(machine => `${machine.key.replace(/^~ /, "at home of ")}: ${count(machine.jobs, "job")}`).join("; ") + ".");
    this.again();
  }

  name(context, text, edge, y, room) {
    if (room < 9) return;
    const most = Math.floor((edge - 16) / 6.6);
    context.fillStyle = ink("soft");
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "left"; context.textBaseline = "middle";
    context.fillText(text.length > most ? `${text.slice(0, most - 1)}…` : text, 12, y);
  }

  axis(context, width, height, from, edge) {
    const steps = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000, 86_400_000];
    const step = steps.find(each => each * this.scale >= (width < 560 ? 70 : 88)) ?? steps.at(-1);
    context.font = "11.5px system-ui, sans-serif";
    context.textAlign = "center"; context.textBaseline = "middle";
    const shift = step >= 3_600_000 ? new Date().getTimezoneOffset() * 60_000 : 0;
    for (let at = Math.ceil((from - shift) / step) * step + shift; at <= this.to; at += step) {
      const x = edge + (at - from) * this.scale;
      if (x < edge + 18) continue;
      context.fillStyle = ink("line");
      context.globalAlpha = 0.5;
      context.fillRect(x, axisHeight - 4, 1, height);
      context.globalAlpha = 1;
      context.fillStyle = ink("soft");
      if (x < width - 26) context.fillText(step < 1000 ? `${clock(at)}.${Math.floor(at % 1000 / 100)}` : step >= 10_800_000 ? date(at, step, step * this.scale < 88) : clock(at, step < 60_000), x, 12);
    }
  }

  at(x, y) {
    const found = (this.boxes ?? []).findLast(([left, up, long, tall]) => x >= left - 1 && x <= left + long + 1 && y >= up && y <= up + tall);
    return found?.[4] ?? null;
  }

  hover(event) {
    const job = this.at(event.offsetX, event.offsetY);
    if (!job) { this.tip.hide(); return; }
    if (job.band) {
      this.tip.show(event.offsetX, event.offsetY, job.machine.replace(/^~ /, "at home of "), [`${percent(job.part)} of ${count(job.slots, "slot")} busy`, `${clock(job.start)} to ${clock(job.stop)}, most of it ${job.user}'s`, job.failed ? `${count(job.failed, "job")} that did not end well` : ""]);
      return;
    }
    if (job.link) { this.tip.show(event.offsetX, event.offsetY, job.link.subject, this.chain.words(job.link)); return; }
    this.tip.show(event.offsetX, event.offsetY, job.subject, [
      `${job.user} · ${job.place === "local" ? "at home" : `on ${job.worker}`}`, `${clock(job.start)} · ${span(((job.stop ?? now()) - job.start) / 1000)}${job.stop ? "" : " so far"}`, job.reason, job.exit > 0 ? `exit code ${job.exit}` : ""]);
  }

  end() { clearTimeout(this.due); this.picture.end(); }
}

function date(at, step, isNarrow) {
  const day = new Date(at);
  return day.getHours() === 0 || step >= 86_400_000 ? day.toLocaleDateString("en", isNarrow ? { weekday: "short" } : { weekday: "short", day: "numeric", month: "short" }) : clock(at, false);
}
