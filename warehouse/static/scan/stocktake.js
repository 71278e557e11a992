/* Counting bins: scan the bin, scan or type what lies there, say that it is counted. What the books have is not known here. */
"use strict";
(() => {
  const { at, code, config, element, frame, kept, means, onScan, plain, queue, say, texts, units } = Handheld;
  const NO_MORE = ["cancelled", "counted_already", "counted_by_another", "assigned_to_another", "same_person", "unknown_task"];
  let current = null, lines = {}, key = "", asks = "", rows = [];

  const store = (task) => `scan:stocktake:${task.id}:${task.round}:${frame.session}`;
  const upper = (text) => String(text).trim().toUpperCase();
  const sent = (task, kind) => rows.filter((row) => row.kind === kind && row.body.task === task.id && row.body.round === task.round && ["waiting", "done", "refused"].includes(row.state)).pop();
  function stateOf(task) {
    const row = sent(task, "count_done"), refused = rows.find((each) => each.body?.task === task.id && each.state === "refused" && NO_MORE.includes(each.code));
    if (task.again) return { over: true, bad: true, text: texts("counted_by_you") };
    if (refused) return { over: true, bad: true, text: refused.detail };
    if (row && row.state !== "refused") return { over: true, done: true, waits: row.state === "waiting", text: row.state === "waiting" ? texts("state_waiting") : "✓" };
    if (task.other) return { taken: true, text: texts("by", { user: task.by }) };
    return { text: task.reason };
  }
  const keep = () => { if (current) kept.set(store(current), JSON.stringify(lines)); };
  function restore(task) { try { return JSON.parse(kept.get(store(task))) || {}; } catch { return {}; } }

  function draw() {
    at("now").hidden = at("actions").hidden = !current; at("lines").hidden = !current; at("tasks").hidden = Boolean(current);
    if (current) {
      const line = lines[key];
      at("bin").textContent = current.bin; at("why").textContent = [current.number, current.round > 1 ? texts("count_again") : "", current.only ? texts("count_only", { sku: current.only }) : ""].filter(Boolean).join(" · ");
      at("step").textContent = texts(asks === "lot" ? "ask_lot" : asks === "serial" ? "ask_serial" : "ask_article");
      at("article").replaceChildren(...(line ? [element("b", {}, line.sku), ` ${line.name === line.sku ? "" : line.name}`, ...(line.lot ? [element("span", { class: "lot" }, texts("lot", { lot: line.lot }))] : [])] : []));
      at("count").textContent = line ? plain(line.n) : "";
      const named = Object.values(lines), open = current.items.filter((item) => !named.some((each) => each.sku === item.sku));
      at("lines").replaceChildren(
        ...Object.entries(lines).map(([name, each]) => element("li", { class: `item done${name === key ? " here" : ""}` }, element("strong", {}, each.sku), element("span", {}, each.lot ? texts("lot", { lot: each.lot }) : each.name === each.sku ? "" : each.name), element("span", { class: "stepper" }, element("button", { type: "button", class: "button", "aria-label": `− ${each.sku}`, on: { click: () => drop(name) } }, "×"), element("b", {}, plain(each.n))))),
        ...open.map((item) => element("li", { class: "item" }, element("strong", {}, item.sku), element("span", {}, item.name === item.sku ? "" : item.name))));
    }
    at("tasks").replaceChildren(...(config.tasks.length ? config.tasks.map((task) => {
      const state = stateOf(task);
      return element("button", { type: "button", class: `item button${state.done ? " done" : ""}${state.bad ? " bad" : ""}${state.waits ? " waits" : ""}${state.taken ? " taken" : ""}`, on: { click: () => begin(task) } }, element("strong", {}, task.bin), element("span", {}, task.only || (task.round > 1 ? texts("count_again") : "")), element("small", {}, state.text || ""));
    }) : [element("p", { class: "note" }, texts("none_to_count"))]));
  }
  function begin(task) {
    const state = stateOf(task);
    if (state.over || state.taken) { say("bad", state.bad ? state.text : state.taken ? texts("count_by_other", { user: task.by }) : texts("counted_before", { bin: task.bin })); return; }
    current = task; lines = restore(task); key = ""; asks = ""; draw(); say("good", texts("ask_article")); Handheld.focus();
  }
  function drop(name) { const line = lines[name]; line.n = 0; line.serials = []; line.fresh = true; key = name; asks = line.serial ? "serial" : ""; keep(); draw(); Handheld.focus(); }

  /* What was scanned of one article is sent when the hand turns to another: its instant is the count's. */
  async function send(name) {
    const line = lines[name];
    if (!line || !line.fresh) return null;
    line.fresh = false; keep();
    const row = await queue.send("count", { task: current.id, round: current.round, bin: current.bin, code: line.code, quantity: plain(line.n), lot: line.lot, serials: line.serials }, `${plain(line.n)} × ${line.sku} · ${current.bin}`);
    if (row.state === "refused") { say("bad", row.detail); if (!NO_MORE.includes(row.code)) { line.n = 0; line.serials = []; } }
    return row;
  }
  function turn(name) { if (key && key !== name) send(key); key = name; }
  async function find(text) {
    const known = current.items.find((item) => means(item.codes, text)) || Object.values(lines).find((line) => code(line.code) === code(text));
    if (known) return known.codes ? known : { sku: known.sku, name: known.name, lot: known.lotted, serial: known.serial, codes: { [known.code]: plain(known.per) } };
    let found = null;
    try { found = (await (await fetch(`${config.find}?q=${encodeURIComponent(text)}`)).json()).found; } catch { /* no Wi-Fi: the server says later */ }
    if (found === null) return { sku: text, name: "", lot: false, serial: false, codes: { [text]: "1" } };
    const hit = found.find((each) => each.is === "sku");
    return hit ? { sku: hit.title, name: hit.detail, lot: hit.lot, serial: hit.serial, codes: { [text]: hit.per || "1" } } : null;
  }
  function add(item, text, lot) {
    const name = `${item.sku}|${lot}`, per = means(item.codes, text) || 1e6, before = lines[name];
    turn(name);
    lines[name] = before || { sku: item.sku, name: item.name, code: text, lot, lotted: item.lot, serial: item.serial, serials: [], n: 0, per };
    if (!item.serial) { lines[name].n += per; lines[name].fresh = true; }
    asks = item.serial ? "serial" : "";
    keep(); draw(); say("good", item.serial ? texts("ask_serial") : `${item.sku} ${plain(lines[name].n)}`);
  }
  let waiting = null; /* an article whose lot is asked for */
  async function scanned(text) {
    const given = upper(text);
    if (!current) {
      const task = config.tasks.find((each) => upper(each.bin) === given && !stateOf(each).over) || config.tasks.find((each) => upper(each.bin) === given);
      if (!task) { say("bad", texts("not_to_count", { given: text })); return; }
      begin(task); return;
    }
    if (given === upper(current.bin)) { say("good", current.bin); return; }
    if (config.tasks.some((task) => upper(task.bin) === given)) { say("bad", texts("finish_first", { bin: current.bin })); return; }
    if (asks === "lot" && waiting) { const { item, text: scannedCode } = waiting; waiting = null; add(item, scannedCode, given); return; }
    const own = current.items.some((item) => means(item.codes, text)) || Object.values(lines).some((line) => code(line.code) === code(text));
    if (asks === "serial" && key && !own) {
      const line = lines[key];
      if (line.serials.includes(text)) { say("bad", texts("serial_twice", { serial: text })); return; }
      line.serials.push(text); line.n = line.serials.length * 1e6; line.fresh = true; keep(); draw(); say("good", `${line.sku} ${plain(line.n)}`);
      return;
    }
    const item = await find(text);
    if (!item) { say("bad", texts("no_match", { text })); return; }
    if (current.only && item.sku !== current.only) { say("bad", texts("count_only", { sku: current.only })); return; }
    if (item.lot) { waiting = { item, text }; asks = "lot"; draw(); say("good", texts("ask_lot")); return; }
    add(item, text, "");
  }
  at("amount").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = at("quantity"), given = units(field.value), line = lines[key];
    if (!line) { say("bad", texts("scan_first")); return; }
    if (line.serial) { say("bad", texts("ask_serial")); return; }
    if (!(given >= 0) || given > 1e12) { say("bad", texts("bad_quantity", { text: field.value })); field.select(); return; }
    line.n = given; line.fresh = true; field.value = ""; keep(); draw(); Handheld.focus(); say("good", `${line.sku} ${plain(line.n)}`);
  });
  at("leave").addEventListener("click", async () => { await send(key); current = null; key = ""; draw(); Handheld.focus(); });
  at("done").addEventListener("click", () => {
    const named = Object.values(lines), open = current.items.filter((item) => !named.some((line) => line.sku === item.sku));
    at("sure-title").textContent = current.bin;
    at("sure-what").textContent = open.length ? texts("none_of", { skus: open.map((item) => item.sku).join(", ") }) : named.length ? texts("all_named") : texts("bin_empty");
    at("sure").showModal();
  });
  at("sure-yes").addEventListener("click", async () => {
    at("sure").close();
    const task = current, refused = await send(key);
    if (refused?.state === "refused") { draw(); return; }
    current = null; key = ""; kept.set(store(task), "{}");
    const row = await queue.send("count_done", { task: task.id, round: task.round, bin: task.bin }, `${task.bin} · ${task.number}`);
    rows = await queue.all(); draw();
    if (row.state === "refused") say("bad", row.detail); else say(row.state === "waiting" ? "wait" : "good", row.state === "waiting" ? texts("kept") : texts("bin_counted", { bin: task.bin }));
  });
  const ready = queue.all().catch(() => []).then((all) => { rows = all; draw(); });
  onScan((text) => ready.then(() => scanned(text)));
  queue.onChange((all) => { rows = all; draw(); });
})();
