// Colours that people with any kind of colour vision tell apart (after Okabe and Ito), darker ones on light ground.
const dark = ["#56b4e9", "#e69f00", "#2fbf8f", "#cc79a7", "#f0e442", "#ff7a45", "#8f9cff", "#c8b89a"];
const light = ["#0072b2", "#b87400", "#00855d", "#a84f80", "#8a7d00", "#c24a00", "#4350c4", "#7a6a4c"];
const given = new Map();

export const isLight = () => document.documentElement.classList.contains("light");

/** A user's colour: the same for as long as the page is open. */
export function colourOf(user) {
  if (!given.has(user)) given.set(user, given.size);
  return (isLight() ? light : dark)[given.get(user) % dark.length];
}

/** A colour of the style sheet. */
let cache = new Map(), cachedFor;
export function ink(name) {
  const theme = document.documentElement.className;
  if (cachedFor !== theme) { cache = new Map(); cachedFor = theme; }
  if (!cache.has(name)) cache.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return cache.get(name);
}

export const places = ["remote", "local", "cached", "joined", "failed", "cancelled"];
export const placeWords = {
  remote: "on a worker", local: "at home", cached: "result known", joined: "with an equal job", failed: "failed", cancelled: "cancelled",
};

const mode = { value: localStorage.getItem("theme") ?? "system" };
const system = matchMedia("(prefers-color-scheme: light)");
export function applyTheme(next) {
  if (next) { mode.value = next; localStorage.setItem("theme", next); }
  document.documentElement.classList.toggle("light", mode.value === "light" || (mode.value === "system" && system.matches));
  return mode.value;
}
export const nextTheme = () => ({ system: "light", light: "dark", dark: "system" })[mode.value] ?? "system";
export const onSystemTheme = changed => system.addEventListener("change", changed);
