/* Look up: what a code is and where it lies. */
"use strict";
(() => {
  const { at, config, element, onScan, say, texts } = Handheld;
  onScan(async (text) => {
    let found;
    try { found = (await (await fetch(`${config.find}?q=${encodeURIComponent(text)}`)).json()).found; } catch { say("bad", texts("needs_line")); return; }
    at("found").replaceChildren(...found.map((each) => element("section", { class: "card" },
      element("small", {}, each.kind), element("h2", {}, each.title), element("p", {}, each.detail),
      ...(each.rows.length ? [element("ol", { class: "list" }, ...each.rows.map((row) => element("li", { class: "item" }, element("strong", {}, row.what), element("span", {}, row.more), element("b", {}, row.quantity))))] : each.is === "order" ? [] : [element("p", { class: "note" }, texts("empty"))]))));
    if (found.length) say("good", found[0].title); else say("bad", texts("no_match", { text }));
  });
})();
