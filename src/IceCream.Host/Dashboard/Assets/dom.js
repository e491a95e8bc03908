// Elements and words. What comes from jobs is only ever set as text, so that no name of a file becomes markup.

/** An element with properties and children; strings among the children become text. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "css") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined).map(child => child instanceof Node ? child : clean(String(child))));
  return element;
}

/** Text for people: control characters, and those that turn the direction of what follows, are shown as signs. */
export function clean(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** Seconds as people say them. */
export function span(seconds) {
  if (!(seconds >= 0)) return "–";
  if (seconds < 0.0995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(Math.round(seconds % 60) % 60).padStart(2, "0")} s`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor(seconds % 3600 / 60)).padStart(2, "0")} min`;
}

/** Bytes as people say them. */
export function bytes(count) {
  if (count === null || count === undefined) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (count >= 1000 && unit < units.length - 1) { count /= 1024; unit++; }
  return `${count < 10 && unit > 0 ? count.toFixed(1) : Math.round(count)} ${units[unit]}`;
}

export function clock(moment, withSeconds = true) {
  const date = new Date(moment), two = number => String(number).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}${withSeconds ? `:${two(date.getSeconds())}` : ""}`;
}

export function day(moment) {
  const date = new Date(moment), today = new Date();
  return date.toDateString() === today.toDateString() ? clock(moment)
    : `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")} ${clock(moment, false)}`;
}

export const percent = part => Number.isFinite(part) ? `${part >= 0.995 || part === 0 ? Math.round(part * 100) : (part * 100).toFixed(part < 0.1 ? 1 : 0)} %` : "–";
export const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

/** The last part of a path, and all of it as a title. */
export const leaf = path => path.slice(path.lastIndexOf("/") + 1) || path;

/**
 * A canvas that fills its parent, sharp on every screen; draws when told, and at most once a frame. What seldom changes can be drawn on a layer of its own below it,
 * which is drawn again only when it was touched.
 */
export class Picture {
  constructor(parent, label, draw, below = null) {
    this.canvas = el("canvas", { role: "img", tabIndex: 0 });
    this.canvas.setAttribute("aria-label", label);
    this.words = el("p", { class: "sr" });
    this.base = below && el("canvas", { "aria-hidden": "true" });
    parent.append(...(this.base ? [this.base] : []), this.canvas, this.words);
    Object.assign(this, { draw, below, frames: 0, stale: true });
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(parent);
    this.resize();
  }
  resize() {
    const scale = Math.min(window.devicePixelRatio || 1, 2), box = this.canvas.parentElement?.getBoundingClientRect();
    if (!box) return;
    this.width = box.width; this.height = box.height;
    for (const canvas of this.base ? [this.base, this.canvas] : [this.canvas]) {
      canvas.width = Math.max(1, Math.round(box.width * scale));
      canvas.height = Math.max(1, Math.round(box.height * scale));
      canvas.getContext("2d").setTransform(scale, 0, 0, scale, 0, 0);
    }
    this.touch();
  }
  touch() { this.stale = true; this.ask(); }
  ask() {
    if (this.pending || this.ended) return;
    this.pending = requestAnimationFrame(now => {
      this.pending = 0;
      if (this.ended || this.width < 2) return;
      this.frames++;
      if (this.base && this.stale) this.stale = this.on(this.base, this.below, now);
      if (this.on(this.canvas, this.draw, now) || (this.base && this.stale)) this.ask();
    });
  }
  on(canvas, draw, now) {
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, this.width, this.height);
    return draw(context, this.width, this.height, now);
  }
  say(words) { if (this.words.textContent !== words) this.words.textContent = clean(words); }
  end() { this.ended = true; this.observer.disconnect(); if (this.pending) cancelAnimationFrame(this.pending); }
}

/** A box beside the pointer. */
export class Tip {
  constructor(parent) { this.parent = parent; this.box = el("div", { class: "tip", hidden: true }); parent.append(this.box); }
  show(x, y, title, lines) {
    this.box.replaceChildren(el("b", {}, title), ...lines.filter(Boolean).map(line => el("span", {}, line)));
    this.box.hidden = false;
    const { clientWidth, clientHeight } = this.parent, { offsetWidth, offsetHeight } = this.box;
    this.box.style.left = `${Math.max(4, Math.min(x + 14, clientWidth - offsetWidth - 4))}px`;
    this.box.style.top = `${y + offsetHeight + 18 < clientHeight ? y + 14 : Math.max(4, y - offsetHeight - 10)}px`;
  }
  hide() { this.box.hidden = true; }
}
