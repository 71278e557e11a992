/* Signing in: a badge may be scanned wherever the focus is. */
"use strict";
(() => {
  const { at, onScan, tone } = Handheld;
  if (at("refusal")) tone("bad");
  onScan((text) => { at("badge").value = text; at("badge-form").submit(); });
  for (const button of document.querySelectorAll("[data-person]")) button.addEventListener("click", () => { at("username").value = button.dataset.person; at("pin").focus(); });
  if (at("username").value) at("pin").focus();
})();
