/* Work that was begun goes back: what was picked is brought to its bins again. */
"use strict";
(() => {
  const { at, config, queue, say, texts, units } = Handheld;
  at("unpick").addEventListener("click", () => at("unpick-why").showModal());
  for (const button of document.querySelectorAll("[data-unpick]")) button.addEventListener("click", async () => {
    at("unpick-why").close();
    const row = await queue.send("unpick", { fulfilment: config.fulfilment, reason: button.dataset.unpick }, at("unpick").textContent);
    if (row.state === "refused") { say("bad", row.detail); return; }
    const lies = units(row.result?.put_back || 0) > 0;
    say(row.state === "waiting" ? "wait" : "good", row.state === "waiting" ? texts("kept") : lies ? texts("unpicked", { n: row.result.put_back }) : texts("unpicked_none"));
    setTimeout(() => location.assign(lies ? config.put_back : config.back), 1500);
  });
})();
