// The hint of a page, folded away or not as this browser's person left it. Runs where it stands, so nothing jumps.
"use strict";
(() => {
  const KEY = "bo-hints";
  const hint = document.currentScript.previousElementSibling;
  if (localStorage.getItem(KEY) === "folded") hint.open = false;
  hint.addEventListener("toggle", () => localStorage.setItem(KEY, hint.open ? "open" : "folded"));
})();
