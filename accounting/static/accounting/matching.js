// Open accounts by keyboard: j k walk the items, x ticks, a ticks all, r p s a field, m settles. Sums are for the eye only.
(() => {
  "use strict";
  const boxes = [...document.querySelectorAll("[data-settle] input[name=item]")];

  const cents = (text) => Math.round(Number(String(text).replace(",", ".")) * 1e6) || 0;
  const show = (value) => (value / 1e6).toFixed(2);
  const count = (form) => {
    const sums = { debit: 0, credit: 0 };
    form.querySelectorAll("input[name=item]:checked").forEach((box) => {
      const typed = form.querySelector(`[name="amount-${box.value}"]`).value.trim();
      sums[box.dataset.side] += cents(typed || box.dataset.open);
    });
    const left = sums.debit - sums.credit;
    for (const [name, value] of Object.entries({ ...sums, left })) {
      const place = form.querySelector(`[data-sum="${name}"]`);
      if (place) place.textContent = show(value);
    }
  };
  document.querySelectorAll("[data-settle]").forEach((form) => {
    form.addEventListener("input", (event) => {
      const id = event.target.name?.startsWith("amount-") && event.target.name.slice(7);
      if (id && event.target.value) form.querySelector(`input[name=item][value="${id}"]`).checked = true;
      count(form);
    });
    count(form);
  });

  const walk = (step) => {
    const at = boxes.indexOf(document.activeElement);
    boxes[at < 0 ? (step > 0 ? 0 : boxes.length - 1) : (at + step + boxes.length) % boxes.length]?.focus();
  };
  const tick = (box) => {
    box.checked = !box.checked;
    count(box.form);
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.repeat) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
    else if (event.key === "x" && boxes.includes(document.activeElement)) tick(document.activeElement);
    else if (event.key === "a" && boxes.length) boxes.filter((box) => box.form === boxes[0].form).forEach(tick);
    else {
      const field = document.querySelector(`[data-focus="${CSS.escape(event.key)}"]`);
      const button = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (!field && !button) return;
      if (field) field.focus();
      else button.click();
    }
    event.preventDefault();
  });
})();
