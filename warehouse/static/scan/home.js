/* Home and the lists of work: settings of the hand, and numbers that open their page. */
"use strict";
(() => {
  const { at, config, frame, kept, onScan, queue, say, texts } = Handheld;
  for (const button of document.querySelectorAll("[data-hand]")) {
    button.setAttribute("aria-pressed", String(button.dataset.hand === document.body.dataset.hand));
    button.addEventListener("click", () => { kept.set("scan:hand", button.dataset.hand); location.reload(); });
  }
  const mute = at("mute");
  if (mute) {
    const show = () => mute.setAttribute("aria-pressed", String(kept.get("scan:mute") !== "1"));
    mute.addEventListener("click", () => { kept.set("scan:mute", kept.get("scan:mute") === "1" ? "0" : "1"); show(); Handheld.tone("good"); });
    show();
  }
  /* What was scanned is sent before its person leaves; what cannot be sent stays theirs and is sent later. */
  at("leave")?.addEventListener("submit", async (event) => { event.preventDefault(); await Promise.race([queue.flush(), new Promise((done) => setTimeout(done, 3000))]); event.target.submit(); });
  if (mute) fetch(frame.queue, { credentials: "same-origin" }).catch(() => {}); /* so that it is kept, too */
  if (config.numbers) onScan((text) => {
    const wanted = text.toUpperCase(), url = config.numbers[wanted] || config.numbers[text];
    if (url) location.assign(url); else say("bad", texts("no_match", { text }));
  });
})();
