/* Putting away and refilling: the task, the article, how many, the bin. */
"use strict";
(() => {
  const { at, code, config, element, means, onScan, plain, queue, say, texts, units } = Handheld;
  const tasks = config.tasks.map((task) => ({ ...task, left: units(task.left) })), refill = config.kind === "refill";
  let task = null, from = "", count = 0, other = false;

  const open = () => tasks.filter((each) => each.left > 0);
  const is = (each, text) => means(each.codes, text) > 0;
  const step = () => (task ? (other || !task.to ? texts("to") : texts("put_into", { bin: task.to })) : refill ? texts("go_to", { bin: from || open()[0]?.from || "–" }) : texts("what"));
  function draw() {
    const next = task || (refill ? open().find((each) => !from || each.from === from) : null);
    at("step").textContent = open().length ? (task ? step() : refill && from ? texts("scan_item", { sku: next?.sku || "" }) : step()) : texts("nothing_left");
    at("bin").textContent = task ? (other ? "?" : task.to || "?") : refill ? from || next?.from || "" : "";
    at("article").textContent = next ? `${next.sku} ${next.name}${next.lot ? ` · ${texts("lot", { lot: next.lot })}` : ""}` : "";
    at("count").textContent = task ? plain(count) : next ? plain(next.left) : "";
    at("reason").textContent = task && !other ? task.reason : "";
    at("actions").hidden = !task; at("other").hidden = Boolean(task?.pick);
    at("other").setAttribute("aria-pressed", other);
    at("tasks").replaceChildren(...open().slice(0, 60).map((each) => element("li", { class: `item${each === task ? " here" : ""}${each.pick ? " waits" : ""}`, on: { click: () => choose(each) } }, element("strong", {}, `${each.from} → ${each.to || "?"}`), element("span", {}, `${plain(each.left)} × ${each.sku}`), element("small", {}, [each.name, each.pick && each.reason, each.lot && texts("lot", { lot: each.lot }), each.user].filter(Boolean).join(" · ")))));
  }
  function choose(each) { task = each; from = each.from; count = each.left; other = false; draw(); Handheld.focus(); say("good", step()); }
  function begin() { task = null; other = false; if (refill && !open().some((each) => each.from === from)) from = ""; draw(); Handheld.focus(); }
  async function send(to, quantity, more = {}) {
    const mine = task, name = mine.sku, before = mine.left;
    mine.left = more.short ? 0 : mine.left - quantity;
    const title = `${plain(quantity)} × ${name} · ${mine.from} → ${to || "–"}`;
    const sent = mine.pick ? queue.send("pick", { task: mine.id, bin: mine.from, code: mine.sku, quantity: plain(quantity), lot: mine.lot, reason: more.reason || "" }, title) : queue.send("floor", { task: mine.id, from: mine.from, code: mine.sku, quantity: plain(quantity), to, other: other || !mine.to, ...more }, title);
    begin();
    const row = await sent;
    if (row.state === "refused") { mine.left = before; choose(mine); say("bad", row.detail); return; }
    say(row.state === "waiting" ? "wait" : "good", row.state === "waiting" ? texts("kept") : quantity ? texts("moved", { n: plain(quantity), sku: name, to }) : texts("noted"));
    draw();
  }
  function scanned(text) {
    if (!task) {
      if (refill && open().some((each) => each.from === text.toUpperCase())) { from = text.toUpperCase(); draw(); say("good", texts("scan_item", { sku: open().find((each) => each.from === from).sku })); return; }
      if (refill && !from) { say("bad", texts("wrong_bin", { given: text, wanted: open()[0]?.from || "–" })); return; }
      const found = open().filter((each) => is(each, text) && (!refill || each.from === from));
      if (!found.length) { say("bad", texts("no_task", { text })); return; }
      choose(found[0]);
      return;
    }
    if (is(task, text)) { say("good", plain(count)); return; }
    if (open().some((each) => each !== task && is(each, text))) { say("bad", texts("wrong_item", { given: text, wanted: task.sku })); return; }
    const to = text.toUpperCase();
    if (task.to && code(to) !== code(task.to) && !other) { say("bad", texts("other_bin", { given: to, wanted: task.to })); return; }
    send(to, count);
  }
  at("amount").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = at("quantity"), given = units(field.value);
    if (!(given > 0)) { say("bad", texts("bad_quantity", { text: field.value })); field.select(); return; }
    if (task.pick && given !== task.left) { say("bad", texts("whole", { n: plain(task.left) })); field.select(); return; }
    if (given > task.left) { say("bad", texts("too_many")); field.select(); return; }
    count = given; field.value = ""; draw(); Handheld.focus(); say("good", step());
  });
  at("other").addEventListener("click", () => { other = !other; draw(); Handheld.focus(); say("good", step()); });
  at("short").addEventListener("click", () => { at("why-count").textContent = `${task.sku}: 0`; at("why").showModal(); });
  for (const button of document.querySelectorAll("[data-reason]")) button.addEventListener("click", () => { at("why").close(); send("", 0, { short: true, reason: button.dataset.reason }); });
  at("again").addEventListener("click", begin);
  onScan(scanned);
  queue.onChange(() => {});
  draw();
})();
