/* Receiving a delivery: each unit is scanned, with its lot and serial number; what is damaged, or is to be looked at, is counted by itself, with a
   note and photos. What was scanned is kept on the handheld until it is booked. */
"use strict";
(() => {
  const { at, config, element, kept, means, onScan, photos, plain, queue, say, texts, units, uuid } = Handheld;
  const store = config.supplier ? `scan:receive:unordered:${config.supplier}` : `scan:receive:${config.order}:${config.notice || ""}`, draft = `draft:${store}`;
  at("reference").value = config.reference || "";
  const ASIDE = ["damaged", "quarantine"];
  let entries = [], place = config.place || "", key = "", asks = "", held = null, condition = "";
  try { const was = JSON.parse(kept.get(store)); if (was) { entries = was.entries || []; at("reference").value = was.reference || config.reference || ""; at("note").value = was.note || ""; place = was.place || place; for (const each of was.learned || []) if (!config.lines.some((other) => other.id === each.id)) config.lines.push(each); const each = was.held && config.lines.find((other) => other.id === was.held.id); if (each) { held = { each, more: was.held.more }; condition = was.held.condition || ""; asks = "ask_lot"; } } } catch { /* nothing kept */ }

  const upper = (text) => String(text).trim().toUpperCase();
  const keep = () => kept.set(store, JSON.stringify({ entries, place, reference: at("reference").value, note: at("note").value, learned: config.lines.filter((each) => each.learned), held: held && { id: held.each.id, more: held.more, condition } }));
  const line = (entry) => config.lines.find((each) => each.id === entry.line);
  const name = (entry) => `${entry.line}|${entry.lot}|${entry.condition}`;
  const total = (each) => entries.filter((entry) => entry.line === each.id).reduce((sum, entry) => sum + entry.n, 0);
  const wanted = (each) => (config.blind ? Infinity : units(each.quantity));

  function draw() {
    at("place").textContent = place || "–";
    for (const each of ASIDE) at(each).setAttribute("aria-pressed", condition === each);
    const current = entries.find((entry) => name(entry) === key);
    at("step").textContent = texts(asks || (condition ? `ask_${condition}` : "ask_arrived"));
    at("article").textContent = held ? held.each.sku : current ? `${line(current).sku}${current.lot ? ` · ${texts("lot", { lot: current.lot })}` : ""}` : "";
    at("count").textContent = current && !held ? plain(current.n) : "";
    at("lines").replaceChildren(...config.lines.filter((each) => !config.supplier || total(each)).flatMap((each) => [
      element("li", { class: `item${each.unknown ? (each.nobody ? " bad" : " waits") : total(each) === wanted(each) ? " done" : total(each) > wanted(each) ? " bad" : ""}` }, element("strong", {}, each.sku), element("b", {}, config.blind ? plain(total(each)) : `${plain(total(each))} / ${plain(wanted(each))}`), element("small", {}, each.name === each.sku ? "" : each.name)),
      ...entries.filter((entry) => entry.line === each.id && entry.n).map(row)]));
  }
  function row(entry) {
    const mine = name(entry), said = [entry.condition && texts(entry.condition), entry.lot && texts("lot", { lot: entry.lot }), entry.expiry].filter(Boolean).join(" · ");
    const made = element("li", { class: `item part${entry.condition ? " bad" : ""}${mine === key ? " here" : ""}` }, element("span", {}, said || texts("good")),
      element("span", { class: "stepper" },
        element("button", { type: "button", class: "button", "aria-label": `− ${line(entry).sku}`, on: { click: () => less(entry) } }, "−"), element("b", {}, plain(entry.n)),
        ...(entry.serials.length ? [] : [element("button", { type: "button", class: "button", "aria-label": `+ ${line(entry).sku}`, on: { click: () => { entry.n += 1e6; turn(entry); } } }, "+")])));
    if (entry.serials.length) made.append(element("small", {}, entry.serials.join(", ")));
    if (entry.condition) made.append(element("span", { class: "row" },
      element("input", { maxlength: "500", value: entry.note, placeholder: texts("what_is_wrong"), "aria-label": `${texts("what_is_wrong")} ${line(entry).sku}`, on: { input: (event) => { entry.note = event.target.value; keep(); } } }),
      element("label", { class: "button" }, `${texts("photo")} ${entry.photos || ""}`, element("input", { type: "file", accept: "image/*", capture: "environment", hidden: true, on: { change: (event) => snapped(entry, event.target.files[0]) } }))));
    return made;
  }
  async function snapped(entry, file) {
    if (!file) return;
    try { await photos.keep(draft, name(entry), file); } catch { say("bad", texts("no_photo")); return; }
    entry.photos = await photos.count(draft, name(entry)); keep(); draw(); say("good", texts("photo_kept"));
  }
  /* Of the delivery as a whole: its pallet, its papers. */
  const DELIVERY = "delivery", counted = async () => { at("photos").textContent = (await photos.count(draft, DELIVERY)) || ""; };
  at("photo").addEventListener("change", async (event) => {
    const file = event.target.files[0];
    event.target.value = "";
    if (!file) return;
    try { await photos.keep(draft, DELIVERY, file); } catch { say("bad", texts("no_photo")); return; }
    await counted(); say("good", texts("photo_kept"));
  });
  for (const field of ["reference", "note"]) at(field).addEventListener("input", keep);
  function less(entry) { if (entry.serials.length) entry.serials.pop(); entry.n = Math.max(0, entry.n - 1e6); turn(entry); }
  function turn(entry) { key = name(entry); keep(); draw(); Handheld.focus(); }
  function add(each, lot, expiry, more) {
    const made = { line: each.id, lot, expiry, condition, serials: [], n: 0, note: "" };
    let entry = entries.find((other) => name(other) === name(made));
    if (!entry) { entry = made; entries.push(entry); }
    asks = each.serial ? "ask_serial" : "";
    if (!each.serial) entry.n += more;
    turn(entry);
    if (each.serial) say("good", texts("ask_serial"));
    else if (total(each) > wanted(each)) say("wait", texts("over"));
    else say("good", config.blind ? `${each.sku} ${plain(total(each))}` : texts("counted", { sku: each.sku, n: plain(total(each)), of: plain(wanted(each)) }));
  }
  function lotScanned(lot) {
    held.lot = lot;
    const known = entries.find((entry) => entry.line === held.each.id && entry.lot === lot);
    if (!held.each.dated || known) { const { each, more } = held; held = null; asks = ""; add(each, lot, known ? known.expiry : "", more); return; }
    const day = new Date(Date.now() + held.each.days * 864e5);
    at("expiry").value = held.each.days ? day.toISOString().slice(0, 10) : "";
    at("expiry-lot").textContent = `${held.each.sku} · ${texts("lot", { lot })}`;
    at("dated").showModal();
  }
  at("dated-form").addEventListener("submit", () => { if (!held) return; const { each, more, lot } = held; held = null; asks = ""; add(each, lot, at("expiry").value, more); if (condition !== "quarantine" && at("expiry").value < new Date().toLocaleDateString("sv")) say("bad", texts("expired", { lot })); });
  at("dated").addEventListener("cancel", () => { held = null; asks = ""; keep(); draw(); });

  function scanned(text) {
    const given = upper(text), fitting = config.lines.filter((each) => means(each.codes, text));
    if (config.places.includes(given) && !held) { place = given; keep(); draw(); say("good", place); return; }
    if (held && asks === "ask_lot" && !fitting.length) { lotScanned(given); return; }
    if (!fitting.length && asks === "ask_serial") {
      const entry = entries.find((each) => name(each) === key);
      if (entries.some((each) => each.line === entry.line && each.serials.includes(text))) { say("bad", texts("serial_twice", { serial: text })); return; }
      entry.serials.push(text); entry.n = entry.serials.length * 1e6; keep(); draw();
      say(total(line(entry)) > wanted(line(entry)) ? "wait" : "good", `${line(entry).sku} ${plain(entry.n)}`);
      return;
    }
    const each = fitting.find((other) => total(other) < wanted(other)) || fitting[0];
    if (!each && config.find) return learn(text);
    if (!each) { say("bad", texts("not_on_it", { given: text })); return; }
    arrived(each, means(each.codes, text));
  }
  function arrived(each, more) {
    const current = entries.find((entry) => name(entry) === key);
    if (each.lotted && !(current && current.line === each.id && current.condition === condition)) { held = { each, more }; asks = "ask_lot"; key = ""; keep(); draw(); say("good", texts("ask_lot")); return; }
    add(each, each.lotted ? current.lot : "", each.lotted ? current.expiry : "", more);
  }
  for (const each of ASIDE) at(each).addEventListener("click", () => { condition = condition === each ? "" : each; key = ""; asks = ""; held = null; keep(); draw(); Handheld.focus(); say(condition ? "wait" : "good", texts(condition ? `ask_${condition}` : "ask_arrived")); });
  at("next-lot").addEventListener("click", () => { key = ""; asks = ""; held = null; keep(); draw(); Handheld.focus(); });
  at("amount").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = at("quantity"), number = units(field.value), entry = entries.find((each) => name(each) === key);
    if (!entry) { say("bad", texts("scan_first")); return; }
    if (line(entry).serial) { say("bad", texts("ask_serial")); return; }
    if (!(number >= 0)) { say("bad", texts("bad_quantity", { text: field.value })); field.select(); return; }
    entry.n = number; field.value = ""; turn(entry);
    say(total(line(entry)) > wanted(line(entry)) ? "wait" : "good", `${line(entry).sku} ${plain(entry.n)}`);
  });
  /* Without an order anything may come: what is not among this supplier's articles is asked of the server. Without
     Wi-Fi it is counted under what was scanned, and asked when the Wi-Fi is back. */
  async function look(text) {
    try { const answer = await fetch(`${config.find}?q=${encodeURIComponent(text)}`, { signal: AbortSignal.timeout(4000) }); return answer.ok ? (await answer.json()).found : null; } catch { return null; }
  }
  function known(hit, text) {
    let each = config.lines.find((other) => other.id === hit.article.id);
    if (!each) { each = { ...hit.article, learned: true }; config.lines.push(each); }
    each.codes[text.toUpperCase()] = hit.per;
    return each;
  }
  async function learn(text) {
    const found = await look(text), hit = found?.find((each) => each.is === "sku");
    if (found && !hit) { say("bad", texts("nobody_knows", { given: text })); return; }
    if (hit?.closed) { say("bad", texts("not_taken_in", { sku: hit.title, status: hit.closed })); return; }
    if (hit) { arrived(known(hit, text), units(hit.per)); return; }
    const each = { id: text, sku: text, name: texts("asked_later", { given: text }), quantity: "", unknown: true, learned: true, codes: { [text.toUpperCase()]: "1" } };
    config.lines.push(each);
    add(each, "", "", 1e6);
    say("wait", texts("asked_later", { given: text }));
  }
  /* What was counted without being known; the first that wants a lot or serial numbers asks for them, the rest waits. */
  const AGAIN_MS = 3000;
  let again = 0;
  async function resolve() {
    for (const each of config.lines.filter((line) => line.unknown && total(line))) {
      if (held || asks === "ask_serial") return;
      const found = await look(each.sku), hit = found?.find((other) => other.is === "sku");
      if (!found) { clearTimeout(again); if (navigator.onLine) again = setTimeout(() => after(resolve), AGAIN_MS); return; } /* the Wi-Fi is hardly back */
      each.nobody = !hit || Boolean(hit.closed);
      each.name = hit?.closed ? texts("not_taken_in", { sku: hit.title, status: hit.closed }) : hit ? "" : texts("nobody_knows", { given: each.sku });
      if (each.nobody) { keep(); draw(); say("bad", each.name); continue; }
      const mine = entries.filter((entry) => entry.line === each.id), made = known(hit, each.sku);
      entries = entries.filter((entry) => entry.line !== each.id);
      config.lines = config.lines.filter((line) => line !== each);
      const was = condition;
      for (const entry of mine) { condition = entry.condition; key = ""; if (entry.n) arrived(made, made.serial ? 0 : (entry.n / 1e6) * units(hit.per)); }
      if (!held && !made.serial) condition = was;
    }
  }
  async function book() {
    if (config.find) {
      await resolve();
      const waits = config.lines.filter((each) => each.unknown && total(each));
      if (held || asks) { say("bad", texts(asks || "ask_lot")); return; }
      if (waits.length) { say("bad", waits.find((each) => each.nobody)?.name || texts("look_up_first", { skus: waits.map((each) => each.sku).join(", ") })); return; }
    }
    at("sure").close();
    const sorted = [...entries.filter((entry) => entry.n && entry.condition), ...entries.filter((entry) => entry.n && !entry.condition)];
    const lines = sorted.map((entry) => ({ [config.supplier ? "code" : "line"]: entry.line, quantity: plain(entry.n), lot: entry.lot, expiry: entry.expiry, serials: entry.serials, condition: entry.condition, note: entry.note || (entry.condition === "quarantine" ? texts("quarantine") : "") }));
    const id = uuid(), more = at("more")?.checked || false;
    at("book").disabled = true;
    const aside = sorted.filter((entry) => entry.condition), pictured = [...aside.map((entry, n) => [name(entry), n]), [DELIVERY, aside.length]];
    await photos.claim(draft, id, Object.fromEntries(pictured));
    const whose = config.supplier ? { supplier: config.supplier } : { order: config.order, notice: config.notice, more };
    const row = await queue.send(config.supplier ? "receive_unordered" : "receive", { ...whose, place, lines, reference: at("reference").value.trim(), note: at("note").value.trim() }, document.querySelector("header .title").textContent, { id });
    at("book").disabled = false;
    if (row.state === "refused") { say("bad", row.detail); await photos.claim(id, draft, Object.fromEntries(pictured.map(([which, n]) => [n, which]))); return; }
    entries = []; at("reference").value = at("note").value = ""; keep();
    const directed = config.cross_docks ? await queue.send("direct", {}, texts("received")) : null;
    const straight = directed?.result?.straight || 0;
    const waits = row.state === "waiting", result = row.result || {};
    say(waits || result.waiting || straight || result.short ? "wait" : "good", waits ? texts("kept") : result.waiting ? texts("over") : straight ? texts("straight", { n: straight }) : result.short ? texts("short_noted") : texts("received"));
    setTimeout(() => location.assign(straight ? config.put_away : config.back), straight ? 2500 : 1200);
  }
  at("book").addEventListener("click", () => {
    if (!entries.some((entry) => entry.n)) { say("bad", texts("nothing")); return; }
    const missing = config.blind || at("more")?.checked || !config.notice ? [] : config.lines.filter((each) => total(each) < wanted(each));
    if (!missing.length) { book(); return; }
    at("sure-what").textContent = texts("less_than_announced", { skus: missing.map((each) => each.sku).join(", ") });
    at("sure").showModal();
  });
  at("sure-yes").addEventListener("click", book);
  /* One after the other: a second scan of what is just being looked up must find it. */
  let busy = Promise.resolve();
  const after = (act) => { busy = busy.catch(() => {}).then(act); };
  onScan(config.find ? (text) => after(() => scanned(text)) : scanned);
  counted();
  if (config.find) { window.addEventListener("online", () => after(resolve)); after(resolve); }
  draw();
})();
