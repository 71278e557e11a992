// Fields that the theme leaves without a name for those who listen: the search boxes of select2, and the cells of a table.
"use strict";
(() => {
  const text = (element) => element?.textContent.replace(/[*\s]+/g, " ").replace(/ help$/, "").trim();
  const nameCells = () => {
    for (const field of document.querySelectorAll("table:is(.formset, .bo-table) td :is(input:not([type=hidden]), select, textarea)")) {
      const cell = field.closest("td"), head = cell?.closest("table").tHead?.rows[0]?.cells[cell.cellIndex];
      if (head && !field.labels?.length && !field.hasAttribute("aria-label")) field.setAttribute("aria-label", text(head.querySelector("span span") ?? head));
    }
  };
  const nameChoices = () => {
    for (const shown of document.querySelectorAll(".select2-selection")) {
      const select = shown.closest(".select2")?.previousElementSibling;
      const name = select?.getAttribute("aria-label") || text(select?.labels?.[0]) || text(select?.closest("fieldset")?.querySelector("legend, h2"));
      if (!name || shown.hasAttribute("aria-label")) continue;
      const value = shown.querySelector(".select2-selection__rendered");
      shown.setAttribute("aria-label", name);
      shown.removeAttribute("aria-labelledby");
      if (value?.getAttribute("role") === "textbox") value.removeAttribute("role"), value.removeAttribute("aria-readonly");
      shown.querySelector("input")?.setAttribute("aria-label", name);
    }
    for (const list of document.querySelectorAll("ul.select2-selection__rendered")) { // a list with a button among its items is none
      for (const part of [list, ...list.children]) if (!part.hasAttribute("role")) part.setAttribute("role", "none");
    }
  };
  let asked = 0;
  const nameAll = () => (cancelAnimationFrame(asked), asked = requestAnimationFrame(() => (nameCells(), nameChoices())));
  document.addEventListener("DOMContentLoaded", () => {
    nameAll();
    new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true }); // select2 and new rows come later
  });
})();
