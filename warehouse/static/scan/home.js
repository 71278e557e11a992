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
  /* A long list of names: those stay that have what is typed; Enter opens the only one, or asks the server for more. */
  const named = (text) => [...at("found").children].filter((each) => { each.hidden = !each.textContent.toUpperCase().includes(text.trim().toUpperCase()); return !each.hidden; });
  if (config.search) at("typed").addEventListener("input", () => { at("none").hidden = named(at("typed").value).length > 0; });
  function search(text) {
    const [only, other] = named(text);
    if (only && !other) location.assign(only.href);
    else if (config.more && navigator.onLine) location.assign(`${config.search}?q=${encodeURIComponent(text)}`);
    else { at("none").hidden = Boolean(only); say(only ? "wait" : "bad", texts(only ? "several" : "no_match", { text })); }
  }
  if (config.numbers) onScan((text) => {
    const wanted = text.toUpperCase(), url = config.numbers[wanted] || config.numbers[text];
    if (url) location.assign(url); else if (config.search) search(text); else say("bad", texts("no_match", { text }));
  });
})();
