/* Counting units against lines: packing a parcel, and receiving a delivery. */
"use strict";
(() => {
  const { at, config, element, kept, means, onScan, plain, queue, say, texts, units } = Handheld;
  const packing = Boolean(config.fulfilment), store = `scan:count:${packing ? "pack" : "receive"}:${config.fulfilment || config.order}:${config.notice || ""}`;
  let counts = {}, place = config.place || "";
  try { const was = JSON.parse(kept.get(store)); if (was) { counts = was.counts || {}; place = was.place || place; } } catch { /* nothing kept */ }
  if (at("reference")) at("reference").value = config.reference || "";

  const keep = () => kept.set(store, JSON.stringify({ counts, place }));
  const of = (line) => counts[line.id] || 0;
  function draw() {
    if (at("place")) at("place").textContent = place || "–";
    at("lines").replaceChildren(...config.lines.map((line) => element("li", { class: `item${of(line) === units(line.quantity) ? " done" : of(line) > units(line.quantity) ? " bad" : ""}` },
      element("strong", {}, line.sku), element("span", {}, line.name === line.sku ? "" : line.name),
      element("span", { class: "stepper" },
        element("button", { type: "button", class: "button", "aria-label": `− ${line.sku}`, on: { click: () => change(line, -1e6) } }, "−"),
        element("b", {}, `${plain(of(line))} / ${plain(units(line.quantity))}`),
        ...(packing ? [] : [element("button", { type: "button", class: "button", "aria-label": `+ ${line.sku}`, on: { click: () => change(line, 1e6) } }, "+")])))));
  }
  function change(line, by) { counts[line.id] = Math.max(0, of(line) + by); keep(); draw(); Handheld.focus(); }
  function scanned(text) {
    if (!packing && config.places.includes(text.toUpperCase())) { place = text.toUpperCase(); keep(); draw(); say("good", place); return; }
    const fitting = config.lines.filter((line) => means(line.codes, text));
    const line = fitting.find((each) => of(each) < units(each.quantity)) || fitting[0];
    if (!line) { say("bad", texts(packing ? "not_in_it" : "not_on_it", { given: text })); return; }
    const more = means(line.codes, text);
    if (packing && of(line) + more > units(line.quantity)) { say("bad", texts("too_many")); return; }
    counts[line.id] = of(line) + more; keep(); draw();
    const values = { sku: line.sku, n: plain(of(line)), of: plain(units(line.quantity)) };
    if (of(line) > units(line.quantity)) say("wait", texts("over")); else say("good", texts("counted", values));
  }
  async function book() {
    const lines = Object.fromEntries(config.lines.filter((line) => of(line)).map((line) => [line.id, plain(of(line))]));
    if (!Object.keys(lines).length) { say("bad", texts("nothing")); return; }
    const missing = packing && config.lines.find((line) => of(line) !== units(line.quantity));
    if (missing) { say("bad", texts("not_all", { sku: missing.sku })); return; }
    at("book").disabled = true;
    const title = document.querySelector("header .title").textContent;
    const row = packing
      ? await queue.send("pack", { fulfilment: config.fulfilment, lines, weight_g: at("weight").value.trim() || null }, title)
      : await queue.send("receive", { order: config.order, notice: config.notice, place, lines, reference: at("reference").value.trim() }, title);
    at("book").disabled = false;
    if (row.state === "refused") { say("bad", row.detail); return; }
    counts = {}; keep();
    say(row.state === "waiting" ? "wait" : "good", row.state === "waiting" ? texts("kept") : texts(packing ? "packed" : row.result?.waiting ? "over" : "received"));
    setTimeout(() => location.assign(config.back), 1200);
  }
  at("book").addEventListener("click", book);
  onScan(scanned);
  draw();
})();
