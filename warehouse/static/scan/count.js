/* Packing a parcel: each unit is scanned against the lines. */
"use strict";
(() => {
  const { at, config, element, kept, means, onScan, plain, queue, say, texts, units } = Handheld;
  const store = `scan:count:pack:${config.fulfilment}:`;
  let counts = {};
  try { const was = JSON.parse(kept.get(store)); if (was) counts = was.counts || {}; } catch { /* nothing kept */ }

  const keep = () => kept.set(store, JSON.stringify({ counts }));
  const of = (line) => counts[line.id] || 0;
  function draw() {
    at("lines").replaceChildren(...config.lines.map((line) => element("li", { class: `item${of(line) === units(line.quantity) ? " done" : of(line) > units(line.quantity) ? " bad" : ""}` },
      element("strong", {}, line.sku), element("span", {}, line.name === line.sku ? "" : line.name),
      element("span", { class: "stepper" },
        element("button", { type: "button", class: "button", "aria-label": `− ${line.sku}`, on: { click: () => less(line) } }, "−"),
        element("b", {}, `${plain(of(line))} / ${plain(units(line.quantity))}`)))));
  }
  function less(line) { counts[line.id] = Math.max(0, of(line) - 1e6); keep(); draw(); Handheld.focus(); }
  function scanned(text) {
    const fitting = config.lines.filter((line) => means(line.codes, text));
    const line = fitting.find((each) => of(each) < units(each.quantity)) || fitting[0];
    if (!line) { say("bad", texts("not_in_it", { given: text })); return; }
    const more = means(line.codes, text);
    if (of(line) + more > units(line.quantity)) { say("bad", texts("too_many")); return; }
    counts[line.id] = of(line) + more; keep(); draw();
    say("good", texts("counted", { sku: line.sku, n: plain(of(line)), of: plain(units(line.quantity)) }));
  }
  async function book() {
    const lines = Object.fromEntries(config.lines.filter((line) => of(line)).map((line) => [line.id, plain(of(line))]));
    if (!Object.keys(lines).length) { say("bad", texts("nothing")); return; }
    const missing = config.lines.find((line) => of(line) !== units(line.quantity));
    if (missing) { say("bad", texts("not_all", { sku: missing.sku })); return; }
    at("book").disabled = true;
    const title = document.querySelector("header .title").textContent;
    const row = await queue.send("pack", { fulfilment: config.fulfilment, lines, weight_g: at("weight").value.trim() || null }, title);
    at("book").disabled = false;
    if (row.state === "refused") { say("bad", row.detail); return; }
    counts = {}; keep();
    say(row.state === "waiting" ? "wait" : "good", texts(row.state === "waiting" ? "kept" : "packed"));
    setTimeout(() => location.assign(config.back), 1200);
  }
  at("book").addEventListener("click", book);
  onScan(scanned);
  draw();
})();
