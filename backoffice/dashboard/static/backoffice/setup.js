// A chosen country suggests its currency and time zone; the browser's own time zone and country are first guesses.
"use strict";
(() => {
  const form = document.querySelector("form[enctype]");
  const country = document.getElementById("id_country");
  const zone = document.getElementById("id_time_zone");
  const currency = document.getElementById("id_base_currency");
  const has = (select, value) => select && value && [...select.options].some((option) => option.value === value);
  const suggest = () => {
    const told = country.selectedOptions[0].dataset;
    if (has(zone, told.zone)) zone.value = told.zone;
    if (has(currency, told.currency)) currency.value = told.currency;
  };
  if (country && zone) country.addEventListener("change", suggest);
  if (form && "guess" in form.dataset) {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const region = (navigator.language || "").split("-")[1];
    if (country && !country.value && has(country, region)) {
      country.value = region;
      suggest();
    }
    if (has(zone, here)) zone.value = here;
  }
  const language = document.getElementById("language");
  if (language) {
    language.form.querySelector("button").hidden = true;
    language.addEventListener("change", () => language.form.submit());
  }
})();
