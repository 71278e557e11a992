/* The counter's basket. Money is counted in whole cents; the server counts again and has the last word. */
"use strict";
(() => {
  const config = JSON.parse(document.getElementById("config").textContent);
  const texts = config.texts;
  const at = (id) => document.getElementById(id);
  const token = document.querySelector("#token [name=csrfmiddlewaretoken]").value;
  const store = `till:${config.sell}`;
  let sale = fresh();

  function fresh() {
    return { id: uuid(), lines: [], cards: [], tenders: [], discount: "" };
  }
  function uuid() {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
    const h = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
  }
  const number = (text) => { const n = Number(String(text ?? "").trim().replace(/\s/g, "").replace(",", ".")); return Number.isFinite(n) ? n : NaN; };
  const cents = (text) => Math.round((number(text) || 0) * 100);
  const marks = { ",": config.marks[0], ".": config.marks[1] }; /* the page's: a browser may lack its language (Georgian) */
  const money = (n) => `${(n / 100).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 }).replace(/[.,]/g, (mark) => marks[mark])} ${config.currency}`;
  const plain = (n) => (n / 100).toFixed(2);
  const exact = (price) => (price == null ? "" : Number.isInteger(Math.round(number(price) * 1e6) / 1e4) ? plain(cents(price)) : String(number(price)));
  function reprice(line) { /* a list's price follows the quantity; one that was typed stays */
    if (line.typed || !line.breaks) return;
    const reached = line.breaks.filter((step) => number(step.min_quantity) <= (number(line.quantity) || 0));
    line.price = reached.length ? exact(reached[reached.length - 1].unit_price) : line.first;
  }
  const lineCents = (line) => Math.floor((number(line.quantity) || 0) * (number(line.price) || 0) * 100 + 1e-6) - cents(line.discount);
  const goods = () => sale.lines.reduce((sum, line) => sum + lineCents(line), 0);
  const total = () => goods() - cents(sale.discount) + sale.cards.reduce((sum, card) => sum + cents(card), 0);
  const paid = () => sale.tenders.reduce((sum, tender) => sum + cents(tender.amount), 0);

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
      else if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  }
  function say(text) { at("said").textContent = text; at("said").hidden = !text; }
  function focus() { at("term").focus(); }
  function keep() { try { sessionStorage.setItem(store, JSON.stringify(sale)); } catch { /* a private window */ } }

  function field(value, label, change, attributes = {}) {
    return element("input", { value, inputmode: "decimal", "aria-label": label, autocomplete: "off", ...attributes, on: { change: (e) => { change(e.target.value); draw(); } } });
  }
  function lineRow(line, place) {
    const step = (by) => () => { line.quantity = String(Math.max((number(line.quantity) || 0) + by, 0)); reprice(line); if (!number(line.quantity)) sale.lines.splice(place, 1); draw(); focus(); };
    return element("div", { class: "line" },
      element("span", { class: "name" }, line.name, line.name === line.code ? "" : element("small", {}, ` ${line.code}`), line.breaks && line.breaks.length > 1 ? element("small", {}, ` · ${line.breaks.map((step) => texts.from.replace("%s", String(number(step.min_quantity))) + " " + exact(step.unit_price)).join(" · ")}`) : ""),
      element("b", { class: "r" }, money(lineCents(line))),
      element("button", { type: "button", class: "button danger", "aria-label": `${texts.remove} ${line.code}`, on: { click: () => { sale.lines.splice(place, 1); draw(); focus(); } } }, "×"),
      element("div", { class: `controls${config.discount ? "" : " few"}` },
        element("button", { type: "button", class: "button", "aria-label": "−", on: { click: step(-1) } }, "−"),
        field(line.quantity, `${line.code} ×`, (v) => { line.quantity = v; reprice(line); }),
        element("button", { type: "button", class: "button", "aria-label": "+", on: { click: step(1) } }, "+"),
        field(line.price, `${line.code} ${config.currency}`, (v) => { line.price = v; line.typed = true; }, { placeholder: config.currency }),
        ...(config.discount ? [field(line.discount, `${line.code} −%`, (v) => { line.discount = percent(v, line); }, { placeholder: "− 0.00" })] : [])));
  }
  function percent(text, line) { /* "10%" is a tenth of the line */
    if (!text.trim().endsWith("%")) return text;
    return plain(Math.round((number(line.quantity) || 0) * (number(line.price) || 0) * (number(text.replace("%", "")) || 0)));
  }
  function cardRow(amount, place) {
    return element("div", { class: "line" }, element("span", { class: "name" }, texts.card), element("b", { class: "r" }, money(cents(amount))),
      element("button", { type: "button", class: "button danger", "aria-label": `${texts.remove} ${texts.card}`, on: { click: () => { sale.cards.splice(place, 1); draw(); } } }, "×"),
      element("div", { class: "controls card-line" }, field(amount, texts.card, (v) => { sale.cards[place] = v; })));
  }
  function tenderRow(tender, place) {
    const coded = tender.method === "gift_card" || tender.method === "store_credit";
    const row = element("div", { class: "tender" }, element("span", {}, tender.label),
      field(tender.amount, tender.label, (v) => { tender.amount = v; }, { class: "amount" }),
      element("button", { type: "button", class: "button danger", "aria-label": `${texts.remove} ${tender.label}`, on: { click: () => { sale.tenders.splice(place, 1); draw(); } } }, "×"));
    if (coded || tender.method === "card") {
      const label = coded ? texts.code : texts.reference;
      row.append(element("input", { class: "detail", value: tender.detail, placeholder: label, "aria-label": label, autocomplete: "off", maxlength: 60, on: { change: (e) => { tender.detail = e.target.value; keep(); } } }));
    }
    return row;
  }
  function draw() {
    const rows = [...sale.lines.map(lineRow), ...sale.cards.map(cardRow)];
    if (sale.lines.length) rows.unshift(element("div", { class: `controls head${config.discount ? "" : " few"}` }, element("span"), element("span", {}, texts.quantity), element("span"), element("span", {}, texts.one), ...(config.discount ? [element("span", {}, texts.discount)] : [])));
    at("basket").replaceChildren(...(rows.length ? rows : [element("p", { class: "empty" }, texts.empty)]));
    at("goods").textContent = money(goods());
    at("total").textContent = money(total()) + (config.inclusive ? "" : ` ${texts.tax}`);
    at("tenders").replaceChildren(...sale.tenders.map(tenderRow));
    const rest = total() - paid();
    at("rest-name").textContent = sale.tenders.length && rest < 0 ? texts.change : texts.left;
    at("rest").textContent = money(Math.abs(rest));
    const waits = sale.lines.some((line) => !(number(line.quantity) > 0) || line.price === "");
    at("sell").disabled = !rows.length || waits || (rest > 0 && config.inclusive);
    if (at("discount").value !== sale.discount) at("discount").value = sale.discount;
    keep();
  }

  function add(found) {
    say("");
    const same = sale.lines.find((line) => line.code === found.code);
    const quantity = number(found.quantity) || 1;
    if (same) same.quantity = String((number(same.quantity) || 0) + quantity);
    else sale.lines.push({ code: found.code, name: found.name, quantity: String(quantity), price: exact(found.price), first: exact(found.price), breaks: found.breaks, discount: "" });
    reprice(same || sale.lines[sale.lines.length - 1]);
    if (found.price == null && !same) say(`${found.code} ${texts.price}`);
    at("found").hidden = true;
    draw();
    focus();
  }
  /* Scanners are faster than answers: the field is free for the next one at once, and they are looked up in turn. */
  let looking = Promise.resolve();
  function find(event) {
    event.preventDefault();
    const term = at("term").value.trim();
    at("term").value = "";
    if (term) looking = looking.then(() => look(term));
  }
  function giveBack(term, text) { /* what was not found can be put right, unless the next one is being typed */
    say(text);
    if (!at("term").value) { at("term").value = term; at("term").select(); }
  }
  async function look(term) {
    let rows = [];
    try {
      const answer = await fetch(`${config.find}?search=1&q=${encodeURIComponent(term)}`, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error((await answer.json()).detail);
      rows = await answer.json();
    } catch (error) { giveBack(term, error.message || texts.lost); return; }
    const exact = rows.filter((row, place) => row.code.toUpperCase() === term.toUpperCase() || (place === 0 && rows.length === 1));
    if (!rows.length) { giveBack(term, texts.none.replace("%s", term)); return; }
    if (exact.length === 1) { add(exact[0]); return; }
    at("found").replaceChildren(...rows.map((row) => element("button", { type: "button", class: "button", on: { click: () => add(row) } },
      element("span", {}, row.name, " ", element("small", {}, row.code)),
      element("small", {}, `${Number(row.available)} ${texts.stock}${row.price == null ? "" : ` · ${money(cents(row.price))}`}`))));
    at("found").hidden = false;
  }
  function body() {
    const coded = (tender) => tender.method === "gift_card" || tender.method === "store_credit";
    return {
      client_id: sale.id,
      lines: sale.lines.map((line) => ({ sku: line.code, quantity: String(number(line.quantity)), price: line.price === "" ? null : String(number(line.price)), discount: plain(cents(line.discount)) })),
      gift_cards: sale.cards.map((card) => plain(cents(card))),
      discount: plain(cents(sale.discount)),
      tenders: sale.tenders.filter((tender) => cents(tender.amount) > 0).map((tender) => ({ method: tender.method, amount: plain(cents(tender.amount)), code: coded(tender) ? tender.detail : "", reference: coded(tender) ? "" : tender.detail })),
    };
  }
  async function sell() {
    if (!sale.tenders.length && total() > 0) tender("cash", document.querySelector("[data-method=cash]").textContent);
    at("till").inert = true; /* the second click of an impatient finger meets nothing */
    await send();
    at("till").inert = false;
  }
  async function send() {
    say("");
    let answer, said;
    try {
      /* Another body is another request: the key holds the sale's id and what it says. */
      const sent = JSON.stringify(body());
      answer = await fetch(config.sell, { method: "POST", headers: { "content-type": "application/json", "x-csrftoken": token, "idempotency-key": `${sale.id}:${sum(sent)}` }, body: sent });
      said = await answer.json();
    } catch { say(texts.lost); draw(); return; }
    if (!answer.ok) {
      const errors = (said.errors || []).map((error) => `${error.field}: ${error.message}`);
      say([said.detail, ...errors].join(" "));
      draw();
      return;
    }
    const link = config.receipt.replace("/0/", `/${said.id}/`);
    at("done-title").textContent = `${texts.done} ${said.number}`;
    at("done-total").textContent = money(cents(said.total));
    at("done-change").textContent = cents(said.change) ? `${texts.change} ${money(cents(said.change))}` : "";
    at("done-receipt").href = link;
    at("done-pdf").href = `${link}pdf/`;
    sale = fresh();
    draw();
    at("done").showModal();
    at("next").focus();
  }
  function sum(text) { let h = 5381; for (const c of text) h = ((h * 33) ^ c.codePointAt(0)) >>> 0; return h.toString(36); }
  function tender(method, label) {
    sale.tenders.push({ method, label: label.trim(), amount: plain(Math.max(total() - paid(), 0)), detail: "" });
    draw();
  }
  async function post(url, data) {
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json", "x-csrftoken": token }, body: JSON.stringify(data || {}) });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.detail || answer.statusText);
    return said;
  }

  at("scan").addEventListener("submit", find);
  at("sell").addEventListener("click", sell);
  at("next").addEventListener("click", () => { at("done").close(); focus(); });
  at("done").addEventListener("close", focus);
  at("clear").addEventListener("click", () => { sale = fresh(); say(""); draw(); focus(); });
  at("card").addEventListener("click", () => { sale.cards.push(""); draw(); at("basket").querySelector(".card-line:last-child input")?.focus(); });
  at("discount").addEventListener("change", (e) => { sale.discount = e.target.value.trim().endsWith("%") ? plain(Math.round(goods() * (number(e.target.value.replace("%", "")) || 0) / 100)) : e.target.value; draw(); });
  at("park").addEventListener("click", async () => {
    if (!sale.lines.length) return;
    try { await post(config.park, { name: sale.lines[0].name.slice(0, 40), lines: sale.lines }); } catch (error) { say(error.message); return; }
    sale = fresh(); keep(); location.reload();
  });
  for (const button of document.querySelectorAll("[data-method]")) button.addEventListener("click", () => tender(button.dataset.method, button.textContent));
  for (const button of document.querySelectorAll("[data-resume]")) button.addEventListener("click", async () => {
    if (sale.lines.length) return;
    try { sale.lines = (await post(button.dataset.resume)).lines; } catch (error) { say(error.message); return; }
    button.remove(); draw(); focus();
  });
  /* A wedge scanner types: letters that come while nothing is focused belong to the search field. */
  document.addEventListener("keydown", (event) => { if (event.target === document.body && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) at("term").focus(); });
  try { const kept = JSON.parse(sessionStorage.getItem(store)); if (kept && kept.id && Array.isArray(kept.lines)) sale = { ...fresh(), ...kept }; } catch { /* nothing kept */ }
  draw();
})();
