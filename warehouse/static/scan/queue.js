/* Every command is kept on the handheld (IndexedDB) before it is sent, with its own id; it leaves the queue only when the
   server has answered it. Refused ones stay until somebody tries again or discards them. */
"use strict";
Handheld.queue = (() => {
  const { at, frame, uuid, say, texts } = Handheld;
  const KEPT_DONE = 300, BATCH = 50, AGAIN_MS = 5000, ANSWER_MS = 1500, PATIENCE_MS = 10000;
  const listeners = new Set(), after = new Set(), waiters = new Map(), adding = new Map();
  let reached = true, opened = null, timer = 0, refusedHere = false;

  function database() {
    opened = opened || new Promise((done, fail) => {
      const asked = indexedDB.open("handheld", 2);
      asked.onupgradeneeded = () => {
        const names = asked.result.objectStoreNames;
        if (!names.contains("commands")) asked.result.createObjectStore("commands", { keyPath: "sequence", autoIncrement: true }).createIndex("id", "id", { unique: true });
        if (!names.contains("photos")) asked.result.createObjectStore("photos", { keyPath: "sequence", autoIncrement: true });
      };
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
    return opened;
  }
  async function store(mode, work, name = "commands") {
    const db = await database();
    return new Promise((done, fail) => {
      const transaction = db.transaction(name, mode, { durability: "strict" });
      const asked = work(transaction.objectStore(name));
      transaction.oncomplete = () => done(asked?.result);
      transaction.onerror = transaction.onabort = () => fail(transaction.error);
    });
  }
  const stored = async () => (await store("readonly", (rows) => rows.getAll())) || [];
  /* With what is on its way into the store: a look that began before a scan must not forget it. */
  async function all() {
    const rows = await stored(), known = new Set(rows.map((row) => row.id));
    return [...rows, ...[...adding.values()].filter((row) => !known.has(row.id))];
  }
  const put = (row) => store("readwrite", (rows) => rows.put(row));

  /* Returns how it stands after at most a second and a half: done, refused (with its words), or waiting. */
  async function send(kind, body, title, more = {}) {
    const row = { id: uuid(), session: frame.session, user: frame.user, kind, body, title, scanned_at: new Date().toISOString(), state: "waiting", ...more };
    adding.set(row.id, row);
    try { row.sequence = await store("readwrite", (rows) => rows.add({ ...row })); } catch { say("bad", texts("no_store")); throw new Error("no store"); } finally { adding.delete(row.id); }
    changed();
    const answer = new Promise((done) => { waiters.set(row.id, done); setTimeout(() => done(row), ANSWER_MS); });
    flush();
    const settled = navigator.onLine ? await answer : row;
    waiters.delete(row.id);
    return settled;
  }
  function cookie(name) {
    for (const part of document.cookie.split("; ")) if (part.startsWith(`${name}=`)) return decodeURIComponent(part.slice(name.length + 1));
    return "";
  }
  function flush() {
    clearTimeout(timer);
    if (navigator.locks) return navigator.locks.request("handheld-queue", empty);
    return empty();
  }
  async function empty() {
    for (;;) {
      const rows = (await stored()).filter((row) => row.state === "waiting").slice(0, BATCH);
      if (!rows.length) break;
      if (!(await post(rows))) { timer = setTimeout(flush, AGAIN_MS); break; }
    }
    for (const act of after) await act();
    await tidy();
    changed();
  }
  /* True if the server answered these rows. Whatever else comes back, they stay. */
  async function post(rows) {
    const commands = rows.map(({ id, session, sequence, kind, scanned_at, body, replaces, reason }) => ({ id, session, sequence, kind, scanned_at, body, replaces: replaces || null, reason: reason || "" }));
    let answer, said;
    try {
      const abort = new AbortController(), patience = setTimeout(() => abort.abort(), PATIENCE_MS);
      answer = await fetch(frame.commands, { method: "POST", credentials: "same-origin", signal: abort.signal, headers: { "content-type": "application/json", "x-csrftoken": cookie(frame.cookie), accept: "application/json" }, body: JSON.stringify({ sent_at: new Date().toISOString(), commands }) });
      said = await answer.json();
      clearTimeout(patience);
    } catch { reached = false; return false; }
    reached = true;
    refusedHere = answer.status === 401 || answer.status === 403;
    if (refusedHere) { say("bad", texts("revoked")); return false; }
    if (answer.status === 400 && rows.length > 1) { for (const row of rows) if (!(await post([row]))) return false; return true; }
    if (answer.status === 400) { await settle(rows[0], { state: "refused", code: "invalid", detail: said.detail || "" }); return true; }
    if (!answer.ok) return false;
    for (const result of said.results) await settle(rows.find((row) => row.id === result.id), result);
    return true;
  }
  const UNBOOKED = ["invalid", "unknown_session", "id_reused"]; /* the server has no row of these to be replaced */
  async function settle(row, { state, code, detail, result }) {
    if (!row) return;
    Object.assign(row, { state, code, detail, result, booked: !UNBOOKED.includes(code) });
    await put(row);
    if (row.replaces && state !== "refused") await mark(row.replaces, "settled");
    const waits = waiters.get(row.id);
    if (waits) waits(row);
    else if (state === "refused") say("bad", `${row.title}: ${detail}`); /* it was scanned a while ago: it must be heard now */
  }
  async function mark(id, state) {
    const row = (await stored()).find((each) => each.id === id);
    if (row) await put({ ...row, state });
  }
  async function tidy() {
    const rows = (await stored()).filter((row) => row.state !== "waiting" && row.state !== "refused");
    for (const row of rows.slice(0, Math.max(0, rows.length - KEPT_DONE))) await store("readwrite", (kept) => kept.delete(row.sequence));
  }
  async function retry(row) {
    const made = await send(row.kind, row.body, row.title, row.booked === false ? {} : { replaces: row.id });
    await mark(row.id, "settled");
    return made;
  }
  async function discard(row, reason) {
    if (row.booked !== false) await send("discard_scan", {}, row.title, { replaces: row.id, reason });
    await mark(row.id, "settled");
    changed();
  }
  async function changed() {
    const rows = await all(), waiting = rows.filter((row) => row.state === "waiting").length, refused = rows.filter((row) => row.state === "refused").length;
    const link = at("waiting"), line = at("line");
    if (link) {
      link.hidden = !waiting && !refused;
      link.textContent = [waiting && texts("waiting", { n: waiting }), refused && texts("refused", { n: refused })].filter(Boolean).join(" · ");
      link.classList.toggle("bad", refused > 0);
    }
    const off = !navigator.onLine || !reached;
    if (line) { line.textContent = off ? texts("offline") : ""; line.classList.toggle("off", off); }
    for (const act of listeners) act(rows);
  }
  window.addEventListener("online", () => { reached = true; flush(); });
  window.addEventListener("offline", changed);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  if (frame.session) { navigator.storage?.persist?.(); flush(); changed(); }
  return { send, all, store, cookie, flush, afterwards: (act) => after.add(act), retry, discard, changed, onChange: (act) => listeners.add(act), waiting: async () => (await all()).filter((row) => row.state === "waiting").length };
})();
