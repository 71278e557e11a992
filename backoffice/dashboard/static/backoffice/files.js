// The theme writes a chosen file's name into a text field beside its own file fields; ours have none, and it would fail.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  for (const input of document.querySelectorAll("input[type=file]")) {
    if (!input.parentNode.parentNode.parentNode.querySelector("input[type=text]")) input.hasChangeListener = true;
  }
});
