/* What every page of the handheld shares: texts, messages with sound and colour, the scanner, the camera, the lock. */
"use strict";
window.Handheld = (() => {
  const at = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(at(id)?.textContent || "{}");
  const frame = read("frame"), config = read("config"), texts = frame.texts || {};
  const fill = (text, values = {}) => String(text ?? "").replace(/%\((\w+)\)s/g, (_all, name) => values[name] ?? "");
  const say_as = (name, values) => fill(texts[name], values);

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
      else if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  }
  function uuid() {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
    const h = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
  }
  const kept = { get: (name) => { try { return localStorage.getItem(name); } catch { return null; } }, set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* a private window */ } } };

  /* Quantities are decimals of up to six places: counted in millionths, never as floats. */
  const units = (text) => { const match = /^(\d{1,9})(?:[.,](\d{1,6}))?$/.exec(String(text).trim()); return match ? Number(match[1]) * 1e6 + Number((match[2] || "").padEnd(6, "0")) : NaN; };
  const plain = (n) => { const whole = Math.floor(n / 1e6), rest = String(n % 1e6).padStart(6, "0").replace(/0+$/, ""); return rest ? `${whole}.${rest}` : String(whole); };
  /* A GTIN is one code however many digits a scanner makes of it. */
  const code = (text) => { const plainText = String(text).trim().toUpperCase(); return /^(\d{8}|\d{12,14})$/.test(plainText) ? plainText.padStart(14, "0") : plainText; };
  /* A plate of a handling unit, however it is sent: with the symbology's sign, with (00) or 00 before the SSCC. */
  const PLATE = /^(\]C1)?(\(00\)|00)?\d{18}$|^HU-\d{6,}$/i;
  const place = (text) => { const given = String(text).trim().toUpperCase().replace(/^\]C1/, "").replace("(00)", "00"); return /^00\d{18}$/.test(given) ? given.slice(2) : given; };
  const means = (codes, given) => { const wanted = code(given); for (const [each, quantity] of Object.entries(codes)) if (code(each) === wanted) return units(quantity); return 0; };

  let sounds = null;
  const TONES = { good: [[1320, 0, 0.09]], bad: [[220, 0, 0.22], [165, 0.26, 0.34]], wait: [[660, 0, 0.12]] };
  function tone(kind) {
    if (kept.get("scan:mute") === "1") return;
    try {
      sounds = sounds || new AudioContext();
      sounds.resume();
      for (const [hertz, begin, length] of TONES[kind] || []) {
        const voice = sounds.createOscillator(), loud = sounds.createGain(), from = sounds.currentTime + begin;
        voice.type = kind === "bad" ? "square" : "sine"; voice.frequency.value = hertz;
        loud.gain.setValueAtTime(0.25, from); loud.gain.exponentialRampToValueAtTime(0.001, from + length);
        voice.connect(loud).connect(sounds.destination); voice.start(from); voice.stop(from + length);
      }
    } catch { /* no sound: the colour says it */ }
    if (kind === "bad") navigator.vibrate?.([120, 60, 120]);
  }
  let fading = 0;
  function say(kind, text) {
    const bar = at("said");
    bar.textContent = text; bar.className = `said ${kind}`; bar.hidden = !text;
    document.body.dataset.said = kind;
    clearTimeout(fading);
    fading = setTimeout(() => { delete document.body.dataset.said; if (kind === "good") bar.hidden = true; }, 2500);
    tone(kind);
    performance.mark("scan-answered");
  }

  /* A wedge scanner types faster than a person and ends with Enter: its burst goes to the page, wherever the focus is.
     In a field that is there for scans a slow scanner or a busy device may pause longer: nothing else is typed there. */
  const FAST_MS = 70, PAUSE_MS = 500, SHORTEST = 3;
  let burst = "", last = 0, before = null, handler = null;
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const now = event.timeStamp, field = event.target instanceof HTMLInputElement ? event.target : null;
    if (event.key.length === 1) {
      const pause = field && ["typed", "badge"].includes(field.id) ? PAUSE_MS : FAST_MS;
      if (now - last > pause || !burst) { burst = ""; before = field ? { field, value: field.value } : null; }
      burst += event.key; last = now;
      if (!field && at("typed") && !document.querySelector("dialog[open]")) { event.preventDefault(); if (burst.length === 1) at("typed").focus(); at("typed").value += event.key; before = before || { field: at("typed"), value: "" }; }
      return;
    }
    if ((event.key === "Enter" || event.key === "Tab") && burst.length >= SHORTEST && now - last <= FAST_MS * 3) {
      event.preventDefault(); event.stopPropagation();
      if (before) before.field.value = before.value;
      if (at("typed")) at("typed").value = "";
      scanned(burst);
    }
    if (event.key !== "Shift") burst = "";
  }
  function scanned(text) {
    performance.mark("scan-begun");
    active();
    burst = "";
    if (handler && text.trim()) handler(text.trim());
    focus();
  }
  function focus() { const field = at("typed"); if (field && !document.querySelector("dialog[open]")) { field.focus({ preventScroll: true }); } }
  function onScan(act) {
    handler = act;
    document.addEventListener("keydown", onKey, true);
    at("entry")?.addEventListener("submit", (event) => { event.preventDefault(); const text = at("typed").value; at("typed").value = ""; scanned(text); });
    at("look")?.addEventListener("click", camera);
    focus();
  }

  /* What reads a picture: the browser's own detector, or ZXing (vendor/), loaded when it is first needed. */
  async function detector() {
    if ("BarcodeDetector" in window) {
      const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
      if (formats.length) { const own = new BarcodeDetector(); return async (video) => (await own.detect(video).catch(() => []))[0]?.rawValue || ""; }
    }
    if (!window.ZXing) await new Promise((done, fail) => { const script = element("script", { src: frame.zxing }); script.onload = done; script.onerror = fail; document.head.append(script); });
    const reader = new ZXing.MultiFormatReader(), canvas = document.createElement("canvas");
    reader.setHints(new Map([[ZXing.DecodeHintType.TRY_HARDER, true]]));
    return async (video) => {
      const scale = Math.min(1, 1280 / (video.videoWidth || 1));
      canvas.width = Math.max(1, Math.round(video.videoWidth * scale)); canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
      canvas.getContext("2d", { willReadFrequently: true }).drawImage(video, 0, 0, canvas.width, canvas.height);
      try { return reader.decode(new ZXing.BinaryBitmap(new ZXing.HybridBinarizer(new ZXing.HTMLCanvasElementLuminanceSource(canvas)))).getText(); } catch { return ""; }
    };
  }
  async function camera() {
    if (!navigator.mediaDevices) { say("bad", say_as("no_camera")); return; }
    const box = at("camera"), video = box.querySelector("video");
    let stream, read;
    try { stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }); } catch { say("bad", say_as("camera_refused")); return; }
    let open = true;
    const close = () => { open = false; box.hidden = true; stream.getTracks().forEach((track) => track.stop()); };
    try { read = await detector(); } catch { close(); say("bad", say_as("no_camera")); return; }
    video.srcObject = stream; box.hidden = false; await video.play();
    box.querySelector("[data-close]").onclick = close;
    const look = async () => {
      if (!open) return;
      const text = await read(video);
      if (text) { close(); scanned(text); } else setTimeout(look, 120);
    };
    look();
  }

  /* Left lying, it locks itself, also without Wi-Fi; the server does the same by its own clock. */
  const ACTIVE = "scan:active";
  function active() { if (frame.session) kept.set(ACTIVE, `${frame.session} ${Date.now()}`); }
  function guard() {
    const [session, when] = (kept.get(ACTIVE) || "").split(" ");
    if (session === frame.session && Date.now() - Number(when) > frame.idle * 1000) { at("lock").hidden = false; document.querySelector("main").inert = true; }
  }
  if (frame.session) {
    if ((kept.get(ACTIVE) || "").split(" ")[0] !== frame.session) active();
    guard();
    setInterval(guard, 5000);
    document.addEventListener("pointerdown", () => { if (at("lock").hidden) active(); }, true);
    document.addEventListener("keydown", () => { if (at("lock").hidden) active(); }, true);
    document.addEventListener("visibilitychange", guard);
    if ("serviceWorker" in navigator) navigator.serviceWorker.register(frame.worker, { scope: frame.home }).catch(() => {});
  }
  document.body.dataset.hand = kept.get("scan:hand") || "right";
  for (const button of document.querySelectorAll("dialog [data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
  for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("close", focus);
  return { at, config, frame, texts: say_as, element, uuid, kept, units, plain, code, place, isPlate: (text) => PLATE.test(text), means, say, tone, onScan, focus };
})();
