// How the star is drawn: nodes, and what goes between them.
import { colourOf, ink } from "./palette.js";

const tau = Math.PI * 2;

export function hub(context, x, y) {
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
export function worker(context, place, jobs, total) {
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

export function agent(context, place, jobs, total, width) {
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

/** How many of what each user has, the most first. */
export function tally(jobs) {
  const counts = new Map();
  for (const job of jobs) counts.set(job.user, (counts.get(job.user) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}
