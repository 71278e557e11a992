/* The wall board keeps itself fresh; without a connection it keeps what it has and says since when. It never leaves its page. */
"use strict";
(() => {
  const config = JSON.parse(document.getElementById("config").textContent), at = (id) => document.getElementById(id);
  const words = at("words").content.firstElementChild.dataset, EVERY_MS = 15000, PATIENCE_MS = 10000;
  let board = config.board, offset = Date.parse(board.now) - Date.now(), reached = Date.now();
  function element(tag, name, ...children) { const made = document.createElement(tag); if (name) made.className = name; made.append(...children); return made; }
  // for whoever is signed in, each number leads to what it is made of; a screen on the wall leads nowhere
  const link = (name, query, ...children) => { if (!config.rows) return element("div", name, ...children); const made = element("a", name, ...children); made.href = `${config.rows}&${new URLSearchParams(query)}`; return made; };
  const number = (query, n) => { if (!config.rows || !n) return element("b", "", String(n)); const made = link("", query, element("b", "", String(n))); return made; };
  const now = () => Date.now() + offset;
  const zone = /([+-]\d\d):(\d\d)$/.exec(board.now), shift = zone ? (Number(zone[1]) * 60 + Math.sign(Number(zone[1])) * Number(zone[2])) * 60000 : 0;
  const clock = (instant) => new Date(instant + shift).toISOString().slice(11, 16);
  function left(instant) {
    const minutes = Math.max(0, Math.floor((Date.parse(instant) - now()) / 60000));
    return minutes >= 60 ? `${Math.floor(minutes / 60)} ${words.h} ${minutes % 60} ${words.min}` : `${minutes} ${words.min}`;
  }
  function draw() {
    at("clock").textContent = clock(now());
    at("late").classList.toggle("bad", board.late > 0); at("late").querySelector("b").textContent = board.late;
    if (config.rows) at("late").onclick = () => { location.href = `${config.rows}&late=1`; };
    at("stages").replaceChildren(...board.stages.map((stage) => link(`stage ${stage.stage}${stage.count ? "" : " none"}`, { stage: stage.stage }, element("b", "", String(stage.count)), element("span", "", stage.name))));
    const cuts = board.cut_offs.filter((cut) => Date.parse(cut.at) > now());
    at("cuts").replaceChildren(...(cuts.length ? cuts.map((cut) => {
      const minutes = (Date.parse(cut.at) - now()) / 60000;
      return link(`cut${cut.open && minutes < 30 ? " now" : cut.open && minutes < 90 ? " soon" : ""}`, { until: new Date(Date.parse(cut.at) + 60000).toISOString() }, element("b", "", cut.clock), element("strong", "", left(cut.at)), element("span", "", `${words.left} · ${cut.open} ${words.open}${cut.name ? ` · ${cut.name}` : ""}`));
    }) : [element("div", "cut quiet", words.none)]));
    at("zones").replaceChildren(...(board.zones.length ? [element("div", "zone head", ...[words.zone, words.pick, words.stock, words.count].map((word) => element("span", "", word)))] : []), ...board.zones.map((row) => element("div", "zone", element("strong", "", row.zone || words.elsewhere), ...["pick", "stock", "count"].map((work) => number({ zone: row.zone, work }, row[work])))));
    const stale = Date.now() - reached > EVERY_MS * 3;
    at("lost").hidden = !stale; if (stale) at("lost").querySelector("b").textContent = clock(reached + offset);
  }
  async function refresh() {
    const abort = new AbortController(), patience = setTimeout(() => abort.abort(), PATIENCE_MS);
    try {
      const answer = await fetch(config.url, { credentials: "same-origin", cache: "no-store", redirect: "error", signal: abort.signal });
      if (answer.ok) { board = await answer.json(); offset = Date.parse(board.now) - Date.now(); reached = Date.now(); }
    } catch { /* the Wi-Fi, or the server restarts: what is there stays, and says how old it is */ }
    clearTimeout(patience); draw();
  }
  draw(); setInterval(refresh, EVERY_MS); setInterval(draw, 1000 * 5);
})();
