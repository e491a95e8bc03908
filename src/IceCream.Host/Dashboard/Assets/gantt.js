// Jobs as bars over time, one line for each slot. Which slot a job had nobody tells: jobs of one machine are laid into as few lines as they fit.
import { Picture, Tip, span, clock, count } from "./dom.js";
import { colourOf, ink } from "./palette.js";
import { now } from "./model.js";

const left = 132, top = 26, tallest = 24, lowest = 2;

export class Gantt {
  /** @param jobs gives the jobs: { id, user, subject, place, worker, agent, start, stop } with stop null while a job runs. */
  constructor(box, label, jobs, { colour = job => colourOf(job.user), chosen = () => {}, live = true } = {}) {
    Object.assign(this, { box, jobs, colour, chosen, live, lanes: new Map(), follow: live, span: 120_000, to: now(), scroll: 0 });
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
      if (fingers.delete(event.pointerId) && end === "pointerup" && this.moved < 5) { const job = this.at(event.offsetX, event.offsetY); if (job) this.chosen(job); }
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
    for (const job of this.jobs()) {
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
        let lane = kept.get(job.id);
        if (lane === undefined || (ends[lane] ?? -Infinity) > job.start + 2) lane = ends.findIndex(end => end <= job.start + 2);
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
    const from = this.to - this.span, rows = this.lay(from, this.to), edge = this.left;
    const lanes = rows.reduce((sum, row) => sum + row.lanes.length, 0), gaps = rows.length * 8, room = height - top - 8;
    this.lane = Math.max(lowest, Math.min(tallest, Math.floor((room - gaps) / Math.max(1, lanes) * 2) / 2));
    const tall = lanes * this.lane + gaps;
    this.fits = tall <= room;
    this.scroll = Math.max(0, Math.min(this.scroll, tall - room));
    this.boxes = [];
    this.axis(context, width, height, from, edge);

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
      context.fillStyle = ink("soft");
      context.font = "12px system-ui, sans-serif";
      context.textAlign = "left"; context.textBaseline = "middle";
      const most = Math.floor((edge - 16) / 6.6), name = row.name.length > most ? `${row.name.slice(0, most - 1)}…` : row.name;
      if (y - start >= 9) context.fillText(name, 12, Math.max(start + 8, Math.min((start + y) / 2, height - 10)));
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
    // The present moves: the next picture is due when it has moved by a point.
    clearTimeout(this.due);
    if (this.follow && !document.hidden) this.due = setTimeout(() => this.picture.ask(), Math.max(33, Math.min(1000, 1 / this.scale)));
    return false;
  }

  axis(context, width, height, from, edge) {
    const steps = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000, 86_400_000];
    const step = steps.find(each => each * this.scale >= (width < 560 ? 70 : 88)) ?? steps.at(-1);
    context.font = "11.5px system-ui, sans-serif";
    context.textAlign = "center"; context.textBaseline = "middle";
    for (let at = Math.ceil(from / step) * step; at <= this.to; at += step) {
      const x = edge + (at - from) * this.scale;
      if (x < edge + 18) continue;
      context.fillStyle = ink("line");
      context.globalAlpha = 0.5;
      context.fillRect(x, top - 4, 1, height);
      context.globalAlpha = 1;
      context.fillStyle = ink("soft");
      if (x < width - 26) context.fillText(step < 1000 ? `${clock(at)}.${Math.floor(at % 1000 / 100)}` : clock(at, step < 60_000), x, 12);
    }
  }

  at(x, y) {
    const found = (this.boxes ?? []).findLast(([left, up, long, tall]) => x >= left - 1 && x <= left + long + 1 && y >= up && y <= up + tall);
    return found?.[4] ?? null;
  }

  hover(event) {
    const job = this.at(event.offsetX, event.offsetY);
    if (!job) { this.tip.hide(); return; }
    this.tip.show(event.offsetX, event.offsetY, job.subject, [
      `${job.user} · ${job.place === "local" ? "at home" : `on ${job.worker}`}`, `${clock(job.start)} · ${span(((job.stop ?? now()) - job.start) / 1000)}${job.stop ? "" : " so far"}`, job.reason, job.exit > 0 ? `exit code ${job.exit}` : ""]);
  }

  end() { clearTimeout(this.due); this.picture.end(); }
}
