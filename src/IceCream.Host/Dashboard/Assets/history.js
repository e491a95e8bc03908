// The past beyond what the page holds: asked for by the window that is looked at, and kept until another is needed.
import { model, now, past } from "./model.js";

const ahead = 0.5;

export class History {
  /** @param told is called when more is known. */
  constructor(told) { Object.assign(this, { told, from: 0, to: 0, at: 0, span: 0, jobs: [], machines: null, part: 0, count: 0, busy: false, failed: 0 }); }

  /** What the window shows: jobs one by one, or how busy machines were; asks for what is lacking. */
  look(from, to) {
    const span = to - from, reach = Math.min(to, now());
    const covers = this.at && from >= this.from && reach <= this.to + Math.max(5000, span / 100) && (!this.machines || span > this.span / 5);
    const isAtHand = model.past.length > 0 && from > model.past[0].end && span < 900_000;
    if (!covers && !isAtHand) this.ask(from - span * ahead, Math.min(to + span * ahead, now() + 1000), span);
    return isAtHand && !(covers && !this.machines) ? { jobs: [], machines: null } : this.at && from < this.to && to > this.from ? this : { jobs: [], machines: null };
  }

  async ask(from, to, span) {
    if (this.busy || performance.now() - this.failed < 3000 || to <= from) return;
    this.busy = true;
    try {
      const answer = await fetch(`api/timeline?from=${Math.max(0, Math.floor(from))}&to=${Math.ceil(to)}`);
      if (!answer.ok) throw new Error(answer.statusText);
      const told = await answer.json();
      Object.assign(this, {
        from, to: Math.min(to, now()), at: performance.now(), span, count: told.count, jobs: (told.jobs ?? []).map(past).filter(job => job.compile > 0),
        machines: told.machines ?? null, part: (told.part ?? 0) * 1000,
      });
      this.told();
    } catch {
      // The scheduler is away: it is asked again when the page is drawn later.
      this.failed = performance.now();
    } finally {
      this.busy = false;
    }
  }
}
