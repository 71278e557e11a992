/* One pick list in walking order: scan the bin, scan the article until all is there. What was scanned and not yet answered
   counts as picked here, so that the page can be loaded again without Wi-Fi. */
"use strict";
(() => {
  const { at, config, element, frame, kept, means, onScan, plain, queue, say, texts, units } = Handheld;
  const OPEN = ["open", "assigned", "in_progress"], store = `scan:pick:${config.list}`;
  let current = null, there = false, count = 0, code = "", rows = [];

  const own = (task) => rows.filter((row) => row.kind === "pick" && row.body.task === task.id && ["waiting", "done", "refused"].includes(row.state)).pop();
  function stateOf(task) {
    const row = own(task);
    if (!OPEN.includes(task.status)) return { done: true, text: plain(units(task.picked)) };
    if (!row) return { done: false };
    if (row.state === "refused") return { done: ["picked_by_another", "cancelled", "not_found"].includes(row.code), bad: true, text: row.detail };
    return { done: true, text: row.body.quantity, waits: row.state === "waiting" };
  }
  function keep() { kept.set(store, JSON.stringify({ task: current?.id, there, count, code })); }
  function restore() { try { const was = JSON.parse(kept.get(store)); if (was && was.task === current?.id) { there = was.there; count = was.count; code = was.code; } } catch { /* nothing kept */ } }

  function draw() {
    const before = current?.id, bin = current?.bin;
    current = config.tasks.find((task) => !stateOf(task).done) || null;
    if (before !== current?.id) { count = 0; code = ""; there = Boolean(bin && there && current && bin === current.bin); if (before === undefined) restore(); keep(); }
    at("now").hidden = at("actions").hidden = !current;
    const left = config.tasks.filter((task) => !stateOf(task).done).length;
    if (current) {
      at("step").textContent = there ? texts("scan_item", { sku: current.sku }) : texts("go_to", { bin: current.bin });
      at("bin").textContent = current.bin; at("bin").classList.toggle("there", there);
      at("article").replaceChildren(element("b", {}, current.sku), ` ${current.name === current.sku ? "" : current.name}`, ...(current.lot ? [element("span", { class: "lot" }, texts("lot", { lot: current.lot }))] : []));
      at("count").textContent = plain(count); at("of").textContent = `/ ${plain(units(current.quantity))}`;
    }
    at("tasks").replaceChildren(...config.tasks.map((task) => {
      const state = stateOf(task);
      return element("li", { class: `item${state.done ? " done" : ""}${state.bad ? " bad" : ""}${state.waits ? " waits" : ""}${task === current ? " here" : ""}` },
        element("strong", {}, task.bin), element("span", {}, `${plain(units(task.quantity))} × ${task.sku}`), element("small", {}, state.bad ? state.text : state.waits ? texts("state_waiting") : state.done ? `✓ ${state.text}` : ""));
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
    if (!there) {
      if (given !== current.bin.toUpperCase()) { say("bad", texts("wrong_bin", { given: text, wanted: current.bin })); return; }
      there = true; keep(); draw(); say("good", texts("scan_item", { sku: current.sku }));
      return;
    }
    if (given === current.bin.toUpperCase()) return;
    const more = means(current.codes, text);
    if (!more) { say("bad", texts("wrong_item", { given: text, wanted: current.sku })); return; }
    if (count + more > units(current.quantity)) { say("bad", texts("too_many")); return; }
    count += more; code = text; keep();
    if (count === units(current.quantity)) confirm("");
    else { draw(); say("good", `${current.sku} ${plain(count)} / ${plain(units(current.quantity))}`); }
  }
  async function confirm(reason) {
    const task = current, quantity = plain(count);
    const sent = queue.send("pick", { task: task.id, bin: task.bin, code, quantity, reason, lot: task.lot }, `${quantity} × ${task.sku} · ${task.bin}`);
    say("good", texts("picked", { sku: task.sku }));
    const row = await sent;
    rows = await queue.all();
    const left = draw();
    if (row.state === "refused") say("bad", row.detail);
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
    if (count === units(current.quantity)) confirm(""); else { draw(); ask(); }
  });
  function ask() {
    if (!there) { say("bad", texts("go_to", { bin: current.bin })); return; }
    at("why-count").textContent = `${current.sku}: ${plain(count)} / ${plain(units(current.quantity))}`;
    at("why").showModal();
  }
  at("short").addEventListener("click", ask);
  for (const button of document.querySelectorAll("[data-reason]")) button.addEventListener("click", () => { at("why").close(); confirm(button.dataset.reason); });

  async function take(over) {
    const row = await queue.send("take", { list: config.list, over }, config.number);
    at("taken").hidden = row.code !== "list_taken";
    if (row.state === "refused") { at("taken-by").textContent = row.detail; say("bad", row.detail); if (row.booked !== false) await queue.discard(row, "list_taken"); }
  }
  at("take-over").addEventListener("click", () => take(true));
  /* What is kept here must be known before the first scan can be judged; scans that come earlier wait their turn. */
  const ready = queue.all().catch(() => []).then((all) => { rows = all; if (!draw() && config.open) finished(); });
  onScan((text) => ready.then(() => scanned(text)));
  queue.onChange((all) => { rows = all; draw(); });
  ready.then(() => {
    const taken = rows.some((row) => row.kind === "take" && row.body.list === config.list && row.session === frame.session && ["waiting", "done"].includes(row.state));
    if (!config.open || config.taken_by === frame.user || taken) return;
    if (config.taken_by) { at("taken").hidden = false; at("taken-by").textContent = texts("by", { user: config.taken_by }); } else take(false);
  });
})();
