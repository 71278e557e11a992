// Rows of an order form: one more on demand, SKUs and buyers found while typing. Works without: fields stay fields.
(function () {
  "use strict";
  const form = document.querySelector("[data-order-form]");
  if (!form) return;

  const rows = form.querySelector("[data-rows]");
  const more = form.querySelector("[data-more]");
  if (rows && more) {
    more.hidden = false;
    more.addEventListener("click", function () {
      const last = rows.lastElementChild;
      const fresh = last.cloneNode(true);
      const next = rows.children.length;
      if (next >= Number(rows.dataset.rows)) return;
      fresh.querySelectorAll("input").forEach(function (field) {
        field.name = field.name.replace(/\d+$/, String(next));
        field.value = "";
        field.placeholder = "";
        if (field.hasAttribute("list")) {
          const list = fresh.querySelector("datalist");
          list.id = list.id.replace(/\d+$/, String(next));
          list.replaceChildren();
          field.setAttribute("list", list.id);
        }
      });
      fresh.querySelectorAll(".bo-error, .bo-found").forEach(function (said) { said.textContent = ""; });
      rows.appendChild(fresh);
      fresh.querySelector("input").focus();
    });
  }

  let waiting = 0;
  form.addEventListener("input", function (event) {
    const field = event.target;
    if (!field.dataset.search) return;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(function () { search(field); }, 150);
  });

  async function search(field) {
    const text = field.value.trim();
    if (text.length < 2 || text.startsWith("#")) return;
    const channel = form.querySelector("[name=channel]");
    const address = new URL(field.dataset.search, window.location.href);
    address.searchParams.set("q", text);
    if (channel) address.searchParams.set("channel", channel.value);
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok || field.value.trim() !== text) return;
    const found = (await answer.json()).found;
    const list = document.getElementById(field.getAttribute("list"));
    list.replaceChildren(...found.map(function (hit) {
      const option = document.createElement("option");
      option.value = hit.value;
      option.textContent = hit.text;
      return option;
    }));
    tell(field, found.find(function (hit) { return hit.value.toLowerCase() === text.toLowerCase(); }));
  }

  form.addEventListener("change", function (event) {
    if (event.target.dataset.search) search(event.target);
  });

  function tell(field, hit) {
    const row = field.closest("tr");
    if (!row || !hit) return;
    const said = row.querySelector(".bo-found");
    if (said) said.textContent = hit.text;
    const price = row.querySelector("[data-price]");
    if (price) price.placeholder = hit.price || "";
  }
})();
