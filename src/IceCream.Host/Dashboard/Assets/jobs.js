// Every job, live: the running ones first, then those that have ended, the latest first.
import { el, span, clock, bytes, leaf } from "./dom.js";
import { colourOf, ink, places, placeWords } from "./palette.js";
import { model, now } from "./model.js";

const most = 300;
const stepWords = {
  read: "reading the command", cache: "looking for a known result", toolchain: "describing the compiler", inputs: "finding what it reads", lease: "waiting for a slot", send: "sending, and the way back",
  fetch: "the worker takes in what it lacks", slot: "waiting at the worker", prepare: "building the sandbox", compile: "compiling", collect: "taking the outputs", receive: "taking in the result",
  write: "putting the outputs in place", local_slot: "waiting for a slot at home", local_compile: "compiling at home",
};
const stepColours = { compile: "remote", local_compile: "local", lease: "warn", local_slot: "warn", slot: "warn", inputs: "joined", cache: "cached" };

export function jobs(main) {
  let search = "", place = "", user = "", open = null;
  const body = el("tbody"), info = el("p", { class: "hint", role: "status" });
  const find = el("input", { id: "search", type: "search", placeholder: "file, folder, user, worker or reason", "aria-label": "Search", oninput: event => { search = event.target.value.toLowerCase(); update(); } });
  const placeBox = el("select", { "aria-label": "Where", onchange: event => { place = event.target.value; update(); } },
    el("option", { value: "" }, "anywhere"), el("option", { value: "running" }, "under way"), places.map(each => el("option", { value: each }, placeWords[each])), el("option", { value: "bad" }, "exit code not 0"));
  const userBox = el("select", { "aria-label": "Whose", onchange: event => { user = event.target.value; update(); } });
  main.append(el("div", { class: "row" }, el("h1", { class: "sr" }, "Jobs"), find, placeBox, userBox, el("span", { class: "grow" }), info),
    el("section", { class: "panel tablewrap", tabIndex: 0, "aria-label": "Jobs" }, el("table", {}, el("thead", {}, el("tr", {},
      el("th", {}, "job"), el("th", {}, "where"), el("th", { class: "less" }, "user"), el("th", { class: "n" }, "took"), el("th", { class: "n less" }, "ended"), el("th", { class: "less" }, "why"))), body)));
  find.style.flex = "1 1 220px";

  const fits = job => (!user || job.user === user)
    && (!place || (place === "running" ? !job.end : place === "bad" ? job.exit > 0 : job.place === place))
    && (!search || [job.subject, job.folder, job.user, job.worker, job.reason, job.agent].some(text => text?.toLowerCase().includes(search)));

  function update() {
    const running = [...model.running.values()].filter(fits).sort((a, b) => a.since - b.since);
    const ended = [];
    for (let i = model.past.length - 1; i >= 0 && ended.length < most; i--) if (fits(model.past[i])) ended.push(model.past[i]);
    const shown = [...running.slice(0, most), ...ended].slice(0, most);
    const old = new Map([...body.children].filter(row => row.dataset.id).map(row => [row.dataset.id, row]));
    const rows = [];
    for (const job of shown) {
      const sign = job.end ? "ended" : `${job.step} ${job.worker}`;
      let row = old.get(job.id);
      if (!row || row.dataset.sign !== sign) row = line(job, sign);
      if (!job.end) row.children[3].textContent = span((now() - job.since) / 1000);
      row.classList.toggle("open", open === job.id);
      rows.push(row);
      if (open === job.id) rows.push(el("tr", { class: "detail" }, el("td", { colSpan: 6 }, detail(job))));
    }
    body.replaceChildren(...rows);
    info.textContent = `${running.length} under way, ${model.past.length} of the past at hand`;
    const users = [...new Set([...model.running.values(), ...model.past].map(job => job.user))].sort();
    if (userBox.dataset.users !== users.join("\n")) {
      userBox.dataset.users = users.join("\n");
      userBox.replaceChildren(el("option", { value: "" }, "everybody"), ...users.map(each => el("option", { value: each, selected: each === user }, each)));
    }
  }

  function line(job, sign) {
    const toggle = () => { open = open === job.id ? null : job.id; update(); };
    return el("tr", { "data-id": job.id, "data-sign": sign, tabIndex: 0, title: `${job.folder}\n${job.subject}`, onclick: toggle, onkeydown: event => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); toggle(); } } },
      el("td", { class: "wide" }, leaf(job.subject), job.exit > 0 ? el("span", { class: "bad" }, ` exit ${job.exit}`) : null),
      el("td", {}, job.end ? el("span", { class: `badge ${job.place}` }, job.place === "remote" ? job.worker : placeWords[job.place])
        : el("span", { class: "badge running" }, job.worker || stepWords[job.step] || job.step)),
      el("td", { class: "less" }, el("span", { class: "swatch", css: { background: colourOf(job.user), "margin-right": "7px" } }), job.user),
      el("td", { class: "n" }, job.end ? span(job.seconds) : ""), el("td", { class: "n less" }, job.end ? clock(job.end) : ""), el("td", { class: "wide less soft" }, job.reason ?? ""));
  }

  return { update, repaint: () => { body.replaceChildren(); update(); } };
}

/** All that is known of a job. */
export function detail(job) {
  const sum = (job.steps ?? []).reduce((total, [, seconds]) => total + seconds, 0);
  const facts = [
    ["folder", job.folder], ["command for", job.purpose], ["came by", job.agent], job.reason ? ["why", job.reason] : null, job.cpu ? ["processor time", span(job.cpu)] : null, job.memory ? ["memory", bytes(job.memory)] : null,
    job.end ? null : ["now", stepWords[job.step] ?? job.step],
  ].filter(Boolean);
  return el("div", {},
    el("dl", { class: "keys", css: { margin: "4px 0 10px" } }, facts.flatMap(([word, value]) => [el("dt", { class: "soft" }, word), el("dd", { css: { color: "var(--text)", "overflow-wrap": "anywhere" } }, value)])),
    sum > 0 ? steps(job.steps) : null);
}

/** Stretches as a bar, with the same in words. */
export function steps(list) {
  const merged = new Map();
  for (const [name, seconds] of list) merged.set(name, (merged.get(name) ?? 0) + seconds);
  const all = [...merged], sum = all.reduce((total, [, seconds]) => total + seconds, 0);
  const colour = name => stepColours[name] ? ink(stepColours[name]) : ink("faint");
  return el("div", {},
    el("div", { class: "stack", "aria-hidden": "true" }, all.map(([name, seconds]) => el("i", { title: `${stepWords[name] ?? name}: ${span(seconds)}`, css: { flex: `${seconds / sum} 0 0`, background: colour(name) } }))),
    el("ul", { class: "legend", css: { "margin-top": "8px" } }, all.filter(([, seconds]) => seconds / sum > 0.005).sort((a, b) => b[1] - a[1]).slice(0, 8)
      .map(([name, seconds]) => el("li", {}, el("i", { class: "swatch", css: { background: colour(name) } }), `${stepWords[name] ?? name} ${span(seconds)}`))));
}
