/* What waits for the Wi-Fi, and what was refused: try again, or discard with a reason. */
"use strict";
(() => {
  const { at, config, element, queue, texts } = Handheld;
  let dropped = null;
  const refusedElsewhere = (rows) => (config.refused || []).filter((each) => !rows.some((row) => row.id === each.id)).map((each) => ({ ...each, state: "refused", title: `${each.kind} · ${each.user}` }));
  function draw(all) {
    const rows = [...all, ...refusedElsewhere(all)].filter((row) => row.state === "waiting" || row.state === "refused");
    at("entries").replaceChildren(...(rows.length ? rows.map((row) => element("li", { class: `item ${row.state === "refused" ? "bad" : "waits"}` },
      element("strong", {}, row.title), element("span", {}, new Date(row.scanned_at).toLocaleTimeString(document.documentElement.lang)), element("small", {}, row.state === "refused" ? row.detail : texts("state_waiting"), " ", row.user ? texts("by", { user: row.user }) : ""),
      ...(row.state === "refused" ? [element("span", { class: "row" }, element("button", { type: "button", class: "button", on: { click: () => queue.retry(row).then(queue.changed) } }, texts("retry")), element("button", { type: "button", class: "button danger", on: { click: () => { dropped = row; at("drop-what").textContent = row.title; at("drop-why").value = ""; at("drop").showModal(); } } }, texts("discard")))] : []))) : [element("li", { class: "note" }, texts("none_waiting"))]));
  }
  at("drop-form").addEventListener("submit", () => { const reason = at("drop-why").value.trim(); if (dropped && reason) queue.discard(dropped, reason); dropped = null; });
  at("send").addEventListener("click", () => queue.flush());
  queue.onChange(draw);
  queue.all().then(draw);
})();
