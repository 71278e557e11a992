/* Photos: kept on the handheld, made small, and sent after the command that they belong to has been booked. */
"use strict";
Handheld.photos = (() => {
  const { frame, queue } = Handheld;
  const SIDE = 1600, QUALITY = 0.8;

  /* draft: of what is not booked yet; n: which of its goods. */
  async function keep(draft, n, file) {
    const blob = await smaller(file);
    await queue.store("readwrite", (rows) => rows.add({ command: draft, n, blob }), "photos");
  }
  async function smaller(file) {
    const picture = await createImageBitmap(file), scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/jpeg", QUALITY));
  }
  const all = async () => (await queue.store("readonly", (rows) => rows.getAll(), "photos")) || [];
  const count = async (draft, n) => (await all()).filter((row) => row.command === draft && row.n === n).length;
  /* The draft is booked by this command now; places: its goods' numbers there, by the draft's. */
  async function claim(draft, command, places) {
    for (const row of await all()) if (row.command === draft) {
      if (row.n in places) await queue.store("readwrite", (rows) => rows.put({ ...row, command, n: places[row.n] }), "photos");
      else await drop(row);
    }
  }
  const drop = (row) => queue.store("readwrite", (rows) => rows.delete(row.sequence), "photos");
  async function send() {
    const states = Object.fromEntries((await queue.all()).map((row) => [row.id, row.state]));
    for (const row of await all()) {
      if (row.command.startsWith("draft:") || ["waiting", "refused"].includes(states[row.command])) continue;
      let answer;
      try { answer = await fetch(`${frame.photo}?command=${row.command}&n=${row.n}`, { method: "POST", body: row.blob, credentials: "same-origin", headers: { "Content-Type": "image/jpeg", "X-CSRFToken": queue.cookie(frame.cookie) } }); } catch { return; }
      if (answer.ok || [400, 410].includes(answer.status)) await drop(row);
    }
  }
  queue.afterwards(send);
  queue.flush();
  return { keep, count, claim, waiting: async () => (await all()).filter((row) => !row.command.startsWith("draft:")).length };
})();
