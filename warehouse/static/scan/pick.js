/* One pick list, or a round over several, in walking order: scan the bin, scan the article until all is there, and on a
   cluster round the order's tote. What was scanned and not yet answered
   counts as picked here, so that the page can be loaded again without Wi-Fi. */
"use strict";
(() => {
  const { at, config, element, frame, kept, means, onScan, place, plain, queue, say, texts, units } = Handheld;
  const OPEN = ["open", "assigned", "in_progress"], store = `scan:pick:${config.list}`;
  const totes = config.totes || [];
  let current = null, there = false, count = 0, code = "", putting = false, rows = [];

  const own = (task) => rows.filter((row) => (row.kind === "pick" && row.body.task === task.id || row.kind === "pick_many" && row.body.tasks[0] === task.id || row.kind === "pick_unit" && row.body.tasks.includes(task.id)) && ["waiting", "done", "refused"].includes(row.state)).pop();
  function stateOf(task) {
    const row = own(task);
    if (!OPEN.includes(task.status)) return { done: true, text: plain(units(task.picked)) };
    if (!row) return { done: false };
    if (row.state === "refused") return { done: ["picked_by_another", "cancelled", "not_found"].includes(row.code), bad: true, text: row.detail };
    return { done: true, text: row.body.quantity || plain(units(task.quantity)), waits: row.state === "waiting" };
  }
  /* A tote is known from the page, or from what was scanned here since. */
  function toteOf(list) {
    const scanned = rows.filter((row) => row.kind === "tote" && row.body.list === list && ["waiting", "done"].includes(row.state)).pop();
    return scanned ? scanned.body.tote : totes.find((each) => each.list === list)?.tote || "";
  }
  const bare = () => current && totes.find((each) => !toteOf(each.list) && config.tasks.some((task) => task.list === each.list && !stateOf(task).done));
  const askTote = (each) => texts("tote_for", { order: each.order, n: each.position, of: totes.length });
  async function scannedTote(each, text) {
    if (totes.some((other) => toteOf(other.list).toUpperCase() === text.toUpperCase())) { say("bad", texts("tote_twice")); return; }
    const body = { round: config.round, list: each.list, tote: text }, sent = queue.send("tote", body, `${each.order} · ${text}`);
    rows = [...rows, { kind: "tote", body, state: "waiting" }]; draw(); /* said at once: a later answer would hide what the next scan was told */
    say("good", bare() ? askTote(bare()) : texts("tote_chosen", { tote: text, order: each.order }));
    const row = await sent;
    rows = await queue.all(); draw();
    if (row.state === "refused") { say("bad", row.detail); if (row.booked !== false) await queue.discard(row, row.code); }
  }
  function keep() { kept.set(store, JSON.stringify({ task: current?.id, there, count, code, putting })); }
  function restore() { try { const was = JSON.parse(kept.get(store)); if (was && was.task === current?.id) { there = was.there; count = was.count; code = was.code; putting = Boolean(was.putting); } } catch { /* nothing kept */ } }

  /* Goods on a pallet or in a carton: its plate is scanned where it stands. */
  const goTo = () => (current.at ? texts("go_to_unit", { unit: current.bin, bin: current.at }) : texts("go_to", { bin: current.bin }));
  function draw() {
    const before = current?.id, bin = current?.bin;
    current = config.tasks.find((task) => !stateOf(task).done) || null;
    if (before !== current?.id) { count = 0; code = ""; putting = false; there = Boolean(bin && there && current && bin === current.bin); if (before === undefined) restore(); keep(); }
    at("now").hidden = at("actions").hidden = !current;
    const left = config.tasks.filter((task) => !stateOf(task).done).length;
    if (current) {
      at("step").textContent = bare() ? askTote(bare()) : putting ? texts("tote_put", { tote: toteOf(current.list) }) : there ? texts("scan_item", { sku: current.sku }) : goTo();
      at("bin").textContent = current.at ? `${current.at} · ${current.bin}` : current.bin; at("bin").classList.toggle("there", there); at("bin").classList.toggle("long", Boolean(current.at));
      at("article").replaceChildren(element("b", {}, current.sku), ` ${current.name === current.sku ? "" : current.name}`, ...(current.lot ? [element("span", { class: "lot" }, texts("lot", { lot: current.lot }))] : []));
      at("count").textContent = plain(count); at("of").textContent = `/ ${plain(units(current.quantity))}`;
    }
    at("tasks").replaceChildren(...config.tasks.map((task) => {
      const state = stateOf(task);
      return element("li", { class: `item${state.done ? " done" : ""}${state.bad ? " bad" : ""}${state.waits ? " waits" : ""}${task === current ? " here" : ""}` },
        element("strong", {}, task.bin), element("span", {}, `${plain(units(task.quantity))} × ${task.sku}`), element("small", {}, totes.length ? `${toteOf(task.list)} ` : "", state.bad ? state.text : state.waits ? texts("state_waiting") : state.done ? `✓ ${state.text}` : ""));
    }));
    return left;
  }
  function finished() {
    const n = rows.filter((row) => row.state === "waiting").length, to = config.tasks[0]?.to || "";
    say("good", n ? texts("list_done_waiting", { n, to }) : texts("list_done", { to }));
  }
  function scanned(text) {
    if (!current) { say("bad", texts("list_done", { to: config.tasks[0]?.to || "" })); return; }
    const given = text.toUpperCase();
    if (bare()) { scannedTote(bare(), text); return; }
    if (putting) {
      const tote = toteOf(current.list);
      if (given !== tote.toUpperCase()) { say("bad", texts("wrong_tote", { tote })); return; }
      confirm("", text); return;
    }
    if (!there) {
      if (current.at && given === current.at.toUpperCase()) { say("wait", goTo()); return; }
      if (place(text) !== current.bin.toUpperCase()) { say("bad", texts("wrong_bin", { given: text, wanted: current.bin })); return; }
      there = true; keep(); draw(); say("good", texts("scan_item", { sku: current.sku }));
      return;
    }
    if (place(text) === current.bin.toUpperCase()) { if (current.at && !count) wholeUnit(); return; }
    const more = means(current.codes, text);
    if (!more) { say("bad", texts("wrong_item", { given: text, wanted: current.sku })); return; }
    if (count + more > units(current.quantity)) { say("bad", texts("too_many")); return; }
    count += more; code = text; keep();
    if (count === units(current.quantity)) put("");
    else { draw(); say("good", `${current.sku} ${plain(count)} / ${plain(units(current.quantity))}`); }
  }
  /* The plate, scanned again before any article: the order takes the pallet as it is. */
  async function wholeUnit() {
    const unit = current.bin, own = config.tasks.filter((task) => task.bin === unit && (task.list || config.list) === (current.list || config.list) && !stateOf(task).done);
    const sent = queue.send("pick_unit", { unit, list: current.list || config.list, tasks: own.flatMap((task) => task.tasks || [task.id]) }, unit);
    say("good", texts("unit_picked", { unit }));
    const row = await sent;
    rows = await queue.all();
    const left = draw();
    if (row.state === "refused") { say("bad", row.detail); if (row.booked !== false) await queue.discard(row, row.code); }
    else if (!left) finished();
    else if (row.state === "waiting") say("wait", texts("kept"));
  }
  /* On a cluster round the tote is scanned before it counts as picked. */
  function put(reason) {
    if (!totes.length || !count) { confirm(reason, ""); return; }
    putting = true; why = reason; keep(); draw(); say("good", texts("tote_put", { tote: toteOf(current.list) }));
  }
  let why = "";
  async function confirm(reason, tote) {
    const task = current, quantity = plain(count), said = { bin: task.bin, code, quantity, reason: reason || why, lot: task.lot };
    why = ""; putting = false;
    const title = `${quantity} × ${task.sku} · ${task.bin}`;
    const sent = config.round ? queue.send("pick_many", { tasks: task.tasks, tote, ...said }, title) : queue.send("pick", { task: task.id, ...said }, title);
    say("good", texts("picked", { sku: task.sku }));
    const row = await sent;
    rows = await queue.all();
    const left = draw();
    if (row.state === "refused") say("bad", row.detail);
    else if (units(row.result?.again || 0) > 0) { say("wait", texts("again", { n: row.result.again })); setTimeout(() => location.reload(), 1500); }
    else if (!left) finished();
    else if (row.state === "waiting") say("wait", texts("kept"));
  }

  at("amount").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = at("quantity"), given = units(field.value);
    if (!(given >= 0)) { say("bad", texts("bad_quantity", { text: field.value })); field.select(); return; }
    if (!code && given) { say("bad", there ? texts("scan_first") : texts("go_to", { bin: current.bin })); return; }
    if (given > units(current.quantity)) { say("bad", texts("too_many")); field.select(); return; }
    field.value = ""; count = given; keep(); Handheld.focus();
    if (count === units(current.quantity)) put(""); else { draw(); ask(); }
  });
  function ask() {
    if (!there) { say("bad", texts("go_to", { bin: current.bin })); return; }
    at("why-count").textContent = `${current.sku}: ${plain(count)} / ${plain(units(current.quantity))}`;
    at("why").showModal();
  }
  at("short").addEventListener("click", ask);
  for (const button of document.querySelectorAll("[data-reason]")) button.addEventListener("click", () => { at("why").close(); put(button.dataset.reason); });

  async function take(over) {
    const row = await (config.round ? queue.send("take_round", { round: config.round, over }, config.number) : queue.send("take", { list: config.list, over }, config.number));
    at("taken").hidden = !["list_taken", "taken"].includes(row.code);
    if (row.state === "refused") { at("taken-by").textContent = row.detail; say("bad", row.detail); if (row.booked !== false) await queue.discard(row, "list_taken"); }
  }
  at("take-over").addEventListener("click", () => take(true));
  at("give-back")?.addEventListener("click", async () => {
    const row = await queue.send("give_back", { round: config.round }, config.number);
    if (row.state === "refused") say("bad", row.detail); else { say("good", texts("given_back")); setTimeout(() => location.assign(config.back), 800); }
  });
  /* What is kept here must be known before the first scan can be judged; scans that come earlier wait their turn. */
  const ready = queue.all().catch(() => []).then((all) => { rows = all; if (!draw() && config.open) finished(); });
  onScan((text) => ready.then(() => scanned(text)));
  queue.onChange((all) => { rows = all; draw(); });
  ready.then(() => {
    const taken = rows.some((row) => (row.kind === "take" && row.body.list === config.list || row.kind === "take_round" && row.body.round === config.round) && row.session === frame.session && ["waiting", "done"].includes(row.state));
    if (!config.open || config.taken_by === frame.user || taken) return;
    if (config.taken_by) { at("taken").hidden = false; at("taken-by").textContent = texts("by", { user: config.taken_by }); } else take(false);
  });
})();
