// The admin's theme is written for Alpine's ordinary build, which makes functions of texts. We serve its build for
// strict policies (backoffice/theme/), which reads expressions itself: it knows no globals, no several statements in one
// attribute, no `if` and no arrow functions. What the theme has of these is given to it here (ADR 0031).
(() => {
  "use strict";
  // What the theme's expressions call by name. Functions of our own: the build refuses the page's own globals.
  const scope = () => ({
    getCurrentTab: () => getCurrentTab(),
    sortRecords: (event) => sortRecords(event),
    moveRecords: (event) => moveRecords(event),
    localStorage: {
      getItem: (key) => localStorage.getItem(key),
      setItem: (key, value) => localStorage.setItem(key, value),
    },
    window: { location: { pathname: location.pathname, search: location.search } },
    emptySearch: (input) => (input.value === "" ? input.blur() : (input.value = "")),
  });
  // Expressions that the build cannot read, and the same in its words.
  const said = [
    [/^if \((.+?)\) (\w+\(.*\))$/, "$1 && $2"],
    [/; if \(\$refs\.searchInput\.value === ''\) \{.*\}$/, "; emptySearch($refs.searchInput)"],
    [/;\s+\$watch\('sidebarDesktopOpen', .*$/s, ""], // the button that changes it keeps it
    [/^([^;{}]+); ([^;{}]+?);?$/, "[$1, $2]"],
  ];

  function rewrite(root) {
    for (const element of root.querySelectorAll("*")) {
      for (const attribute of element.attributes) {
        if (/^(x-on:|x-init$)/.test(attribute.name)) {
          attribute.value = said.reduce((text, [from, to]) => text.replace(from, to), attribute.value.trim());
        }
      }
      if (element.content instanceof DocumentFragment) rewrite(element.content);
    }
  }

  document.addEventListener("alpine:init", () => {
    for (const made of [searchForm, searchDropdown, searchCommand]) Alpine.data(made.name, made);
    Alpine.data("theme", (...given) => ({ ...theme(...given), ...scope() }));
    rewrite(document);
  });
})();
