/* A return parcel: scan each unit, grade it (a letter, typed or pressed), and say what becomes of it. */
"use strict";
(() => {
  const { at, config, element, kept, means, onScan, photos, plain, queue, say, texts, units, uuid } = Handheld;
  const store = `scan:return:${config.return}`, draft = `draft:${store}`, labels = Object.fromEntries(config.dispositions);
  let entries = [], unit = null, asks = "";
  try { const was = JSON.parse(kept.get(store)); if (was) entries = was.entries || []; } catch { /* nothing kept */ }

  const keep = () => kept.set(store, JSON.stringify({ entries }));
  const name = (entry) => `${entry.line || entry.code}|${entry.grade}|${entry.disposition}`;
  const total = (each) => entries.filter((entry) => entry.line === each.id).reduce((sum, entry) => sum + entry.n, 0);
  const skuOf = (entry) => config.lines.find((each) => each.id === entry.line)?.sku || entry.code;
  const choose = (label, act, more = "") => element("button", { type: "button", class: `button ${more}`, on: { click: act } }, label);

  function draw() {
    at("step").textContent = texts(asks || "ask_returned");
    at("article").textContent = unit ? `${unit.sku}${unit.serial ? ` · ${unit.serial}` : ""}` : "";
    at("choices").replaceChildren(...(asks === "ask_grade" ? config.grades.map((grade) => choose(grade, () => graded(grade), "big"))
      : asks === "ask_becomes" ? config.dispositions.map(([value, label]) => choose(label, () => becomes(value), value === config.proposed[unit.grade] ? "primary" : "")) : []));
    at("lines").replaceChildren(...config.lines.map((each) => element("li", { class: `item${total(each) === units(each.quantity) ? " done" : ""}` }, element("strong", {}, each.sku), element("b", {}, `${plain(total(each))} / ${plain(units(each.quantity))}`), element("small", {}, each.name === each.sku ? "" : each.name))), ...entries.filter((entry) => entry.n).map(row));
  }
  function row(entry) {
    const made = element("li", { class: `item part${entry.line ? "" : " waits"}` }, element("span", {}, [skuOf(entry), entry.grade, labels[entry.disposition]].join(" · ")),
      element("span", { class: "stepper" }, element("button", { type: "button", class: "button", "aria-label": `− ${skuOf(entry)}`, on: { click: () => { entry.serials.pop(); entry.n = Math.max(0, entry.n - 1e6); keep(); draw(); Handheld.focus(); } } }, "−"), element("b", {}, plain(entry.n))),
      element("span", { class: "row" }, element("input", { maxlength: "300", value: entry.note, placeholder: texts("what_is_wrong"), "aria-label": `${texts("what_is_wrong")} ${skuOf(entry)}`, on: { input: (event) => { entry.note = event.target.value; keep(); } } }),
        ...(entry.line ? [element("label", { class: "button" }, `${texts("photo")} ${entry.photos || ""}`, element("input", { type: "file", accept: "image/*", capture: "environment", hidden: true, on: { change: (event) => snapped(entry, event.target.files[0]) } }))] : [])));
    return made;
  }
  async function snapped(entry, file) {
    if (!file) return;
    try { await photos.keep(draft, name(entry), file); } catch { say("bad", texts("no_photo")); return; }
    entry.photos = await photos.count(draft, name(entry)); keep(); draw(); say("good", texts("photo_kept"));
  }
  function graded(grade) { unit.grade = grade; asks = "ask_becomes"; draw(); Handheld.focus(); say("good", `${grade}: ${labels[config.proposed[grade]]}?`); }
  function becomes(disposition) {
    const made = { line: unit.line, code: unit.code, grade: unit.grade, disposition, serials: [], n: 0, note: "" };
    let entry = entries.find((each) => name(each) === name(made));
    if (!entry) { entry = made; entries.push(entry); }
    entry.n += unit.more;
    if (unit.serial) entry.serials.push(unit.serial);
    const sku = unit.sku;
    unit = null; asks = ""; keep(); draw(); Handheld.focus(); say("good", `${sku} · ${made.grade} · ${labels[disposition]}`);
  }
  function scanned(text) {
    const given = text.trim().toUpperCase();
    if (asks === "ask_serial") {
      if (entries.some((entry) => entry.serials.includes(text))) { say("bad", texts("serial_twice", { serial: text })); return; }
      unit.serial = text; asks = "ask_grade"; draw(); say("good", texts(asks)); return;
    }
    if (asks === "ask_grade") { if (config.grades.includes(given)) graded(given); else say("bad", texts("ask_grade")); return; }
    /* The next unit's scan says yes to what is proposed. */
    if (asks === "ask_becomes") { const again = config.grades.includes(given); if (again) { graded(given); return; } becomes(config.proposed[unit.grade]); if (!given) return; }
    const fitting = config.lines.filter((each) => means(each.codes, text)), each = fitting.find((other) => total(other) < units(other.quantity));
    if (!each) { unit = { line: null, code: text, sku: text, more: 1e6 }; asks = "ask_grade"; draw(); say("wait", texts("not_expected", { given: text })); return; }
    unit = { line: each.id, code: text, sku: each.sku, more: Math.min(means(each.codes, text), units(each.quantity) - total(each)) };
    asks = each.serial ? "ask_serial" : "ask_grade"; draw(); say("good", texts(asks));
  }
  async function book() {
    if (asks === "ask_becomes") becomes(config.proposed[unit.grade]);
    if (asks) { say("bad", texts(asks)); return; }
    const counted = [...entries.filter((entry) => entry.n && entry.line), ...entries.filter((entry) => entry.n && !entry.line)];
    if (!counted.length) { say("bad", texts("nothing")); return; }
    const id = uuid(), lines = counted.map((entry) => ({ line: entry.line, code: entry.code, quantity: plain(entry.n), grade: entry.grade, disposition: entry.disposition, note: entry.note, serials: entry.serials }));
    at("book").disabled = true;
    await photos.claim(draft, id, Object.fromEntries(counted.map((entry, n) => [name(entry), n])));
    const row = await queue.send("return", { return: config.return, lines }, document.querySelector("header .title").textContent, { id });
    at("book").disabled = false;
    if (row.state === "refused") { say("bad", row.detail); await photos.claim(id, draft, Object.fromEntries(counted.map((entry, n) => [n, name(entry)]))); return; }
    entries = []; keep();
    say(row.state === "waiting" ? "wait" : "good", texts(row.state === "waiting" ? "kept" : "received"));
    setTimeout(() => location.assign(config.back), 1200);
  }
  at("book").addEventListener("click", book);
  onScan(scanned);
  draw();
})();
