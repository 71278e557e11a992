// The order desk by keyboard: in a list / j k Enter x r h p, on an order's page also u e; ? shows the keys.
(() => {
  "use strict";
  const help = document.getElementById("keys");
  if (!help) return;
  const inList = help.dataset.page === "list";
  const rows = () => [...document.querySelectorAll("#result_list tbody tr")].filter((row) => row.querySelector("input.action-select"));
  let at = -1;

  document.querySelector("[data-keys]")?.addEventListener("click", () => help.showModal());
  // The columns' boxes become one parameter of the address.
  document.querySelector("form[data-columns]")?.addEventListener("submit", (event) => {
    const form = event.target;
    form.elements.cols.value = [...form.querySelectorAll("input[type=checkbox]")].filter((item) => item.checked).map((item) => item.value).join(",");
  });

  const show = (index) => {
    const all = rows();
    if (!all.length) return;
    at = Math.max(0, Math.min(index, all.length - 1));
    all.forEach((row, place) => row.classList.toggle("bo-at", place === at));
    all[at].scrollIntoView({ block: "nearest" });
  };
  const here = () => rows()[at];
  const link = (row) => row?.querySelector("th a, td a[href*='/change/'], td a");
  const box = (row) => row?.querySelector("input.action-select");

  // An action on what is ticked, or on the row at hand if nothing is.
  const act = (name) => {
    const chosen = rows().some((row) => box(row).checked);
    if (!chosen) {
      if (!here()) return;
      box(here()).click();
    }
    const select = document.querySelector("#changelist-actions select[name=action]");
    const option = [...(select?.options ?? [])].find((item) => item.value === `bulk:${name}`);
    if (!option) return;
    select.value = option.value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    const form = document.getElementById("changelist-form");
    const index = document.createElement("input");
    Object.assign(index, { type: "hidden", name: "index", value: "0" });
    form.append(index);
    form.submit();
  };

  const list = {
    j: () => show(at + 1),
    k: () => show(at - 1),
    Enter: () => link(here())?.click(),
    x: () => box(here())?.click(),
    r: () => act(help.dataset.release),
    h: () => act(help.dataset.hold),
    p: () => act(help.dataset.print),
  };
  const press = (key) => {
    const target = document.querySelector(`[data-key="${key}"]`);
    if (!target) return;
    target.click();
    target.closest("details")?.querySelector("input[name=reason]")?.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (help.open) return;
    if (event.key === "?") {
      event.preventDefault();
      help.showModal();
    } else if (event.key === "/") {
      const search = document.getElementById("searchbar");
      event.preventDefault();
      if (search) search.focus();
      else window.location.assign(help.dataset.search);
    } else if (inList && list[event.key]) {
      if (event.key === "Enter" && (at < 0 || event.target.closest("a, button"))) return;
      event.preventDefault();
      list[event.key]();
    } else if (!inList && ["j", "k", "u", "r", "h", "p", "e"].includes(event.key)) {
      event.preventDefault();
      press(event.key);
    }
  });
})();
