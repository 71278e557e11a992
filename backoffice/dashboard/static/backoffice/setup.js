// Names of countries in the page's language, and the browser's own time zone and country as first guesses.
"use strict";
(() => {
  const form = document.querySelector("form[enctype]");
  const country = document.getElementById("id_country");
  if (country && window.Intl && Intl.DisplayNames) {
    const names = new Intl.DisplayNames([document.documentElement.lang, "en"], { type: "region" });
    const chosen = country.value;
    const options = [...country.options].filter((option) => option.value);
    for (const option of options) option.textContent = names.of(option.value) + " (" + option.value + ")";
    options.sort((a, b) => a.textContent.localeCompare(b.textContent, document.documentElement.lang));
    country.append(...options);
    country.value = chosen;
  }
  if (form && "guess" in form.dataset) {
    const zone = document.getElementById("id_time_zone");
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && [...zone.options].some((option) => option.value === here)) zone.value = here;
    const region = (navigator.language || "").split("-")[1];
    if (country && !country.value && region && [...country.options].some((option) => option.value === region)) country.value = region;
  }
  const language = document.getElementById("language");
  if (language) {
    language.form.querySelector("button").hidden = true;
    language.addEventListener("change", () => language.form.submit());
  }
})();
