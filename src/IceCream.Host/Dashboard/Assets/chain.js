// What a build waited for, as a line above its jobs: each job of the chain came when the one before it had ended.
import { span } from "./dom.js";
import { ink } from "./palette.js";

export class Chain {
  /** @param links gives the links: { subject, place, worker, from, to, seconds, compiled, waited, gap }. */
  constructor(links) { this.links = links; this.height = 32; }

  holds(job) { return this.names?.has(`${job.subject} ${Math.round(job.end)}`) ?? false; }

  draw(context, width, from, scale, edge, top, boxes) {
    const links = this.links();
    this.names = new Set(links.map(link => `${link.subject} ${Math.round(link.to)}`));
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "left"; context.textBaseline = "middle";
    context.fillStyle = ink("soft");
    context.fillText(edge > 100 ? "waited for" : "chain", 12, top + 12);
    context.save();
    context.beginPath(); context.rect(edge, top, width - edge, this.height); context.clip();
    for (const link of links) {
      const x = edge + (link.from - from) * scale, end = edge + (link.to - from) * scale;
      if (end < edge || x > width) continue;
      const long = Math.max(1, end - x - 0.6), part = seconds => long * seconds / Math.max(link.seconds, 0.0001);
      context.fillStyle = ink("faint");
      context.fillRect(x, top + 4, long, 16);
      // The waits come first, and the compiler's run last but for the way back: so they are drawn, in their lengths.
      context.fillStyle = ink("warn");
      context.fillRect(x, top + 4, part(link.waited), 16);
      context.fillStyle = ink(link.place);
      context.fillRect(x + long - part(link.compiled), top + 4, part(link.compiled), 16);
      boxes.push([x, top + 4, long, 16, { link }]);
    }
    context.restore();
    context.fillStyle = ink("line");
    context.fillRect(0, top + this.height - 4, width, 1);
  }

  words(link) {
    return [link.worker ? `on ${link.worker}` : link.place === "local" ? "at home" : link.place, `${span(link.seconds)}, of which its compiler ran ${span(link.compiled)}`,
      link.waited > 0.01 ? `waited ${span(link.waited)} for a slot` : "", link.gap > 0.01 ? `${span(link.gap)} after the job before it` : ""];
  }
}
