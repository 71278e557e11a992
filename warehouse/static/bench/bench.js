/* The packing bench: one field takes every scan; what it means depends on where one stands. Quantities are counted in
   millionths, as whole numbers. */
"use strict";
(() => {
  const at = (name) => document.getElementById(`bench-${name}`);
  const config = JSON.parse(at("config").textContent), MILLION = 1000000;
  const units = (text) => Math.round(Number(text) * MILLION), plain = (n) => String(n / MILLION);
  const texts = (name, values = {}) => config.texts[name].replace(/%\((\w+)\)s/g, (_, key) => values[key] ?? "");
  let work = null, parcels = [], counts = {}, last = null, busy = false;

  let audio = null;
  function beep(good) {
    try {
      audio ||= new AudioContext();
      const tone = audio.createOscillator(), gain = audio.createGain();
      tone.type = good ? "sine" : "square"; tone.frequency.value = good ? 1200 : 220; gain.gain.value = 0.15;
      tone.connect(gain).connect(audio.destination); tone.start(); tone.stop(audio.currentTime + (good ? 0.08 : 0.45));
    } catch { /* no sound device: the words and the colour say it */ }
  }
  function say(kind, text) { at("say").className = `bench-say ${kind}`; at("say").textContent = text; if (kind) beep(kind === "good"); }
  function focus() { at("scan").value = ""; at("scan").focus(); }

  const packedOf = (line) => parcels.concat([{ lines: counts }]).reduce((sum, parcel) => sum + (parcel.lines[line.id] || 0), 0);
  const missing = () => work.lines.find((line) => packedOf(line) < units(line.quantity));
  function draw() {
    at("lines").replaceChildren(...work.lines.map((line) => {
      const row = document.createElement("tr"), n = packedOf(line);
      row.className = `${n === units(line.quantity) ? "all" : ""} ${last === line.id ? "here" : ""}`;
      for (const [text, right] of [[line.sku], [line.name], [plain(n), 1], [line.quantity, 1]]) {
        const cell = document.createElement("td"); cell.textContent = text; if (right) cell.className = "bo-r"; row.append(cell);
      }
      return row;
    }));
    const box = work.boxes.find((each) => String(each.id) === at("box").value);
    const grams = work.lines.reduce((sum, line) => sum + line.weight_g * (counts[line.id] || 0) / MILLION, box ? box.tare_g : 0);
    at("expected").textContent = grams ? `${at("expected").dataset.text}: ${Math.round(grams)}` : "";
    at("parcel").textContent = texts("next_parcel", { n: parcels.length + 1 });
  }
  function option(value, text) { const made = document.createElement("option"); made.value = value; made.textContent = text; return made; }
  async function find(text) {
    const answer = await fetch(`${config.find}?q=${encodeURIComponent(text)}`, { headers: { accept: "application/json" } });
    const found = await answer.json().catch(() => ({}));
    if (!answer.ok) { say("bad", found.detail || answer.statusText); return; }
    work = found; parcels = []; counts = {}; last = null;
    at("work").textContent = `${work.number} · ${work.order}${work.buyer_service ? ` · ${work.buyer_service}` : ""}`;
    at("box").replaceChildren(option("", "–"), ...work.boxes.map((box) => option(box.id, `${box.code} ${box.size}`)));
    at("service").replaceChildren(at("service").options[0], ...work.services.map((each) => option(each.id, each.name)));
    if (work.services[0]?.proposed) at("service").value = work.services[0].id;
    at("weight").value = ""; at("body").hidden = false; at("next").disabled = work.merged > 0;
    draw(); say("good", work.number);
  }
  function scanned(text) {
    const code = text.toUpperCase();
    const box = work.boxes.find((each) => each.code.toUpperCase() === code);
    if (box) { at("box").value = box.id; draw(); say("good", texts("box", { code: box.code })); return; }
    const fitting = work.lines.filter((line) => code in line.codes);
    if (!fitting.length) { say("bad", texts("wrong", { text })); return; }
    const line = fitting.find((each) => packedOf(each) + units(each.codes[code]) <= units(each.quantity));
    if (!line) { say("bad", texts("too_many", { sku: fitting[0].sku, of: fitting[0].quantity })); return; }
    counts[line.id] = (counts[line.id] || 0) + units(line.codes[code]); last = line.id;
    draw();
    if (missing()) say("good", texts("counted", { sku: line.sku, n: plain(packedOf(line)), of: line.quantity }));
    else { say("good", texts("all_in")); at("weight").focus(); }
  }
  function close() {
    const parcel = { lines: counts, weight_g: at("weight").value.trim(), box: at("box").value };
    parcels.push(parcel); counts = {}; at("weight").value = "";
  }
  function next() {
    if (!work || work.merged) return;
    if (!Object.keys(counts).length) { say("bad", texts("empty")); return; }
    close(); draw(); say("good", texts("next_parcel", { n: parcels.length + 1 })); focus();
  }
  async function pack() {
    if (!work || busy) return;
    const left = missing();
    if (left) { say("bad", texts("not_all", { sku: left.sku })); focus(); return; }
    busy = true;
    const before = parcels.slice(), weight = at("weight").value, held = counts;
    if (Object.keys(counts).length) close();
    const sent = parcels.map((parcel) => ({ ...parcel, lines: Object.fromEntries(Object.entries(parcel.lines).map(([id, n]) => [id, plain(n)])) }));
    const token = at("token").querySelector("input").value;
    try {
      const answer = await fetch(config.pack, { method: "POST", headers: { "content-type": "application/json", "x-csrftoken": token }, body: JSON.stringify({ fulfilment: work.fulfilment, parcels: sent, service: at("service").value }) });
      const found = await answer.json().catch(() => ({ detail: answer.statusText }));
      if (!answer.ok) { parcels = before; counts = held; at("weight").value = weight; draw(); say("bad", found.detail); at("weight").focus(); return; }
      at("done").hidden = false; at("slip").href = found.slip; at("label").hidden = !found.label;
      if (found.label) { at("label").href = found.label; window.open(found.label, "bench-label"); }
      leave(); say(found.label_refused ? "bad" : "good", found.label_refused || texts("packed", { number: found.number }));
    } catch (error) { parcels = before; counts = held; at("weight").value = weight; draw(); say("bad", String(error.message || error)); } finally { busy = false; }
  }
  function leave() { work = null; parcels = []; counts = {}; at("lines").replaceChildren(); at("work").textContent = ""; at("box").replaceChildren(); at("weight").value = ""; at("expected").textContent = ""; focus(); }

  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = at("scan").value.trim();
    at("scan").value = "";
    if (!text) { if (work) pack(); return; }
    if (work) scanned(text); else find(text);
  });
  at("weight").addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); pack(); } });
  at("box").addEventListener("change", () => work && draw());
  at("pack").addEventListener("click", pack);
  at("next").addEventListener("click", next);
  at("leave").addEventListener("click", () => { leave(); at("body").hidden = true; });
  document.addEventListener("keydown", (event) => {
    if (event.key === "F2") { event.preventDefault(); next(); }
    if (event.key === "Escape") { leave(); at("body").hidden = true; }
  });
  focus();
  if (config.start) find(config.start);
})();
