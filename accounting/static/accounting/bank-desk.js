// The bank desk by keyboard: j k next and previous line, Enter or 1 to 6 a suggestion, s f t u a field, m a match, ? the keys.
(() => {
  "use strict";
  const help = document.getElementById("bank-keys");
  if (!help) return;
  document.querySelector("[data-keys]")?.addEventListener("click", () => help.showModal());
  document.querySelector("select[data-go]")?.addEventListener("change", (event) => window.location.assign(event.target.value));
  document.querySelector("tr.bo-at")?.scrollIntoView({ block: "nearest" });
  // A click into an empty amount offers all that is open.
  document.querySelectorAll("input[data-open]").forEach((input) => {
    input.addEventListener("dblclick", () => { input.value ||= input.dataset.open; });
  });

  let busy = false; // one press, one match: the page that comes next takes the next key
  const press = (target) => {
    if (!target || busy) return false;
    if (target.closest("form") || target.href) busy = true;
    target.click();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.repeat) return;
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (help.open) return;
    if (event.key === "?") {
      event.preventDefault();
      help.showModal();
      return;
    }
    if (event.key === "Enter") {
      if (event.target.closest("a, button")) return;
      if (press(document.querySelector("[data-first]"))) event.preventDefault();
      return;
    }
    const field = document.querySelector(`[data-focus="${CSS.escape(event.key)}"]`);
    if (field) {
      event.preventDefault();
      field.focus();
      field.scrollIntoView({ block: "center" });
    } else if (press(document.querySelector(`[data-key="${CSS.escape(event.key)}"]`))) {
      event.preventDefault();
    }
  });
})();
