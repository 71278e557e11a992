/* Bin to bin: from, article, how many, to; or a handling unit by its plate, and where it goes. */
"use strict";
(() => {
  const { at, code, config, element, isPlate, onScan, plain, queue, say, texts, units } = Handheld;
  let unit = "", from = "", item = "", sku = "", per = 1e6, count = 0, rows = [];

  const step = () => (!from ? "from" : !item ? "what" : "to");
  function draw() {
    at("step").textContent = unit ? texts("unit_to", { unit }) : item ? `${texts("how_many")} ${texts("to")}` : texts(step());
    if (at("leaves")) at("leaves").hidden = !unit;
    at("from").textContent = unit || from; at("article").textContent = sku; at("count").textContent = item ? plain(count) : "";
    at("done").replaceChildren(...rows.filter((row) => ["move", "move_unit", "ship_unit"].includes(row.kind) && row.state !== "settled").slice(-20).reverse().map((row) => element("li", { class: `item ${row.state === "done" ? "done" : row.state === "refused" ? "bad" : "waits"}` }, element("strong", {}, row.title), element("small", {}, row.state === "waiting" ? texts("state_waiting") : row.detail || "✓"))));
  }
  function begin() { unit = from = item = sku = ""; count = 0; draw(); Handheld.focus(); }
  /* Known only with Wi-Fi; without it the code itself is kept, and the server says later whether it is right. */
  async function look(text) {
    try { return (await (await fetch(`${config.find}?q=${encodeURIComponent(text)}`)).json()).found; } catch { return null; }
  }
  async function scanned(text) {
    if (unit) {
      /* An article, scanned after the plate: goods are taken off the pallet. */
      const hit = isPlate(text) ? null : (await look(text))?.find((each) => each.is === "sku");
      if (!hit) { moveUnit(text.toUpperCase()); return; }
      from = unit; unit = "";
    }
    if (!from && isPlate(text)) { unit = text.toUpperCase(); draw(); say("good", texts("unit_to", { unit })); return; }
    if (!from) { from = text.toUpperCase(); draw(); say("good", texts("what")); return; }
    if (!item) {
      const found = await look(text);
      const hit = found?.find((each) => each.is === "sku");
      if (found && !hit) { say("bad", texts("no_match", { text })); return; }
      item = text; sku = hit ? `${hit.title} ${hit.detail === hit.title ? "" : hit.detail}` : text; per = hit?.per ? units(hit.per) : 1e6; count = per;
      draw(); say("good", texts("how_many"));
      return;
    }
    if (code(text) === code(item)) { count += per; draw(); say("good", plain(count)); return; }
    const to = text.toUpperCase(), quantity = plain(count), name = sku.split(" ")[0];
    const sent = queue.send("move", { from, to, code: item, quantity }, `${quantity} × ${name} · ${from} → ${to}`);
    begin();
    const row = await sent;
    if (row.state === "refused") say("bad", row.detail);
    else say(row.state === "waiting" ? "wait" : "good", row.state === "waiting" ? texts("kept") : texts("moved", { n: quantity, sku: name, to }));
  }
  async function moveUnit(to) {
    const plate = unit, sent = queue.send("move_unit", { unit: plate, to }, `${plate} → ${to}`);
    begin();
    const row = await sent;
    if (row.state === "refused") say("bad", row.detail);
    else say(row.state === "waiting" ? "wait" : "good", row.state === "waiting" ? texts("kept") : texts("unit_moved", { unit: plate, to }));
  }
  at("hand-over")?.addEventListener("click", () => { at("leaving").textContent = unit; at("carrier-of").showModal(); });
  at("carrier-form")?.addEventListener("submit", async () => {
    const plate = unit, sent = queue.send("ship_unit", { unit: plate, carrier: at("carrier").value.trim(), tracking: at("tracking").value.trim() }, `${plate} → ${at("hand-over").textContent}`);
    at("tracking").value = "";
    begin();
    const row = await sent;
    if (row.state === "refused") say("bad", row.detail);
    else say(row.state === "waiting" ? "wait" : "good", row.state === "waiting" ? texts("kept") : texts("unit_left", { unit: plate, n: row.result.shipments }));
  });
  at("amount").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = at("quantity"), given = units(field.value);
    if (!item) { say("bad", texts(step())); return; }
    if (!(given > 0)) { say("bad", texts("bad_quantity", { text: field.value })); field.select(); return; }
    count = given; field.value = ""; draw(); Handheld.focus(); say("good", texts("to"));
  });
  at("again").addEventListener("click", begin);
  onScan(scanned);
  queue.onChange((all) => { rows = all; draw(); });
  draw();
})();
