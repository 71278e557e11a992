// The form of a rule: conditions in groups, actions in their order. What is chosen is sent as two JSON fields.
(function () {
  "use strict";
  const form = document.querySelector("[data-rule]");
  if (!form) return;
  const words = JSON.parse(document.getElementById("rule-words").textContent);
  const rule = JSON.parse(document.getElementById("rule-value").textContent);
  const wrong = JSON.parse(document.getElementById("rule-errors").textContent);
  const trigger = form.querySelector("[name=trigger]");
  const conditions = form.querySelector("[data-conditions]");
  const actions = form.querySelector("[data-actions]");
  const shut = form.hasAttribute("data-shut");
  const t = words.texts;
  let lists = 0;

  function make(tag, given, ...children) {
    const node = document.createElement(tag);
    Object.entries(given || {}).forEach(function ([name, value]) {
      if (name in node) node[name] = value; else node.setAttribute(name, value);
    });
    node.append(...children.filter(Boolean));
    return node;
  }
  const subject = function () { return words.subjects[trigger.value]; };

  // As orders/automation/listed.py: a value with a comma stands in quotation marks.
  function parts(text) {
    const found = text.match(/\s*("(?:[^"]|"")*"[^,]*|[^,]*)(?:,|$)/g) || [];
    return found.map(function (one) {
      const value = one.replace(/,$/, "").trim();
      return value[0] === '"' ? value.replace(/^"|"$/g, "").replace(/""/g, '"').trim() : value;
    }).filter(Boolean);
  }

  function joined(values) {
    return values.map(function (one) {
      return one.includes(",") || one[0] === '"' ? '"' + one.replace(/"/g, '""') + '"' : one;
    }).join(", ");
  }

  function select(options, value, label) {
    const node = make("select", { className: "bo-input", disabled: shut, "aria-label": label });
    let group = null;
    options.forEach(function (option) {
      const made = make("option", { value: option.code, textContent: option.label, selected: option.code === value });
      if (option.group) {
        if (!group || group.label !== option.group) { group = make("optgroup", { label: option.group }); node.append(group); }
        group.append(made);
      } else node.append(made);
    });
    return node;
  }
  function input(value, options, given) {
    const node = make("input", Object.assign({ className: "bo-input", value: value || "", disabled: shut }, given));
    if (!options || !options.length) return [node];
    const list = make("datalist", { id: "rule-list-" + (lists += 1) });
    options.forEach(function (option) { list.append(make("option", { value: option[0], label: option[1] })); });
    node.setAttribute("list", list.id);
    return [node, list];
  }
  // Values of a closed list: each chosen one is a tag that can be taken off, kept as one text with commas.
  function picker(row, options) {
    const chosen = parts(row.value || "");
    const keep = function (values) { row.value = joined(values); draw(); };
    const tags = chosen.map(function (code) {
      const known = options.find(function (o) { return o[0].toLowerCase() === code.toLowerCase(); });
      return make("span", { className: "bo-tag" }, known ? known[1] : code, shut ? null : make("button", {
        type: "button", textContent: "×", title: t.remove, "aria-label": t.remove + ": " + (known ? known[1] : code),
        onclick: function () { keep(chosen.filter(function (one) { return one !== code; })); },
      }));
    });
    const left = options.filter(function (o) { return !chosen.some(function (c) { return c.toLowerCase() === o[0].toLowerCase(); }); });
    const more = select([{ code: "", label: t.pick }].concat(left.map(function (o) {
      return { code: o[0], label: o[1] };
    })), "", t.value);
    more.onchange = function () { if (more.value) keep(chosen.concat([more.value])); };
    return make("div", { className: "bo-rule-picked" }, ...tags, shut ? null : more);
  }
  function button(text, press, given) {
    return shut ? null : make("button", Object.assign({ type: "button", className: "bo-button", textContent: text, onclick: press }, given));
  }
  function remover(press) {
    return button("×", press, { title: t.remove, "aria-label": t.remove });
  }
  function errors(path) {
    const said = wrong.filter(function (error) { return error.field === path || error.field.startsWith(path + "."); });
    return said.length ? make("span", { className: "bo-error", textContent: said.map(function (e) { return e.message; }).join("; ") }) : null;
  }

  // state is kept in plain objects; every change draws anew
  const state = {
    match: (rule.conditions && rule.conditions.match) || "all",
    groups: ((rule.conditions && rule.conditions.groups) || []).map(function (g) { return { match: g.match || "all", rows: g.rows || [] }; }),
    actions: rule.actions || [],
  };

  function matcher(owner, many) {
    if (many < 2) return null;
    const chosen = select([{ code: "all", label: t.all }, { code: "any", label: t.any }], owner.match, t.match);
    chosen.onchange = function () { owner.match = chosen.value; draw(); };
    return make("label", { className: "bo-small bo-rule-match" }, t.match + " ", chosen);
  }

  function drawRow(group, row, path) {
    const fields = words.fields[subject()];
    const field = fields.find(function (f) { return f.code === row.field; }) || fields[0];
    row.field = field.code;
    const operators = words.operators[field.kind];
    const operator = operators.find(function (o) { return o.code === row.op; }) || operators[0];
    row.op = operator.code;
    const what = select(fields, row.field, t.choose);
    what.onchange = function () { row.field = what.value; row.op = ""; row.value = ""; draw(); };
    const how = select(operators, row.op, t.choose);
    how.onchange = function () { row.op = how.value; draw(); };
    const parts = [what, how];
    if (operator.takes === "list" && field.closed) {
      parts.push(picker(row, field.options));
    } else if (operator.takes && field.kind === "number" && field.closed) {
      const options = field.options.map(function (o) { return { code: o[0], label: o[1] }; });
      if (!options.some(function (o) { return o.code === row.value; })) row.value = options[0].code;
      const one = select(options, row.value, t.value);
      one.onchange = function () { row.value = one.value; };
      parts.push(one);
    } else if (operator.takes) {
      const value = input(row.value, field.options, {
        placeholder: operator.takes === "list" ? t.several : t.value, "aria-label": t.value, maxLength: 300,
        inputMode: operator.takes === "number" ? "decimal" : "text",
      });
      value[0].oninput = function () { row.value = value[0].value; };
      parts.push(...value);
    } else row.value = "";
    parts.push(remover(function () {
      group.rows.splice(group.rows.indexOf(row), 1);
      if (!group.rows.length) state.groups.splice(state.groups.indexOf(group), 1);
      draw();
    }), errors(path));
    return make("div", { className: "bo-rule-row" }, ...parts);
  }

  function drawConditions() {
    const drawn = state.groups.map(function (group, g) {
      const rows = group.rows.map(function (row, r) { return drawRow(group, row, "conditions.groups[" + g + "].rows[" + r + "]"); });
      const add = button(t.add_row, function () { group.rows.push({}); draw(); });
      return make("div", { className: "bo-rule-group" }, matcher(group, group.rows.length), ...rows, add);
    });
    const add = button(state.groups.length ? t.add_group : t.add_row, function () { state.groups.push({ match: "all", rows: [{}] }); draw(); });
    conditions.replaceChildren(...[matcher(state, state.groups.length), ...drawn, add].filter(Boolean));
  }

  function drawActions() {
    const offered = words.actions.filter(function (a) { return a.subjects.includes(subject()); });
    const drawn = state.actions.map(function (item, place) {
      const action = offered.find(function (a) { return a.code === item.action; }) || offered[0];
      item.action = action.code;
      const what = select(offered, item.action, t.choose);
      what.onchange = function () { state.actions[place] = { action: what.value }; draw(); };
      const params = action.params.map(function (param) {
        const value = item[param.name] || "";
        const label = make("span", { textContent: param.label });
        const known = param.choices.length ? param.choices : param.closed ? param.options : [];
        if (known.length) {
          const options = known.map(function (c) { return { code: c[0], label: c[1] }; });
          if (value && !options.some(function (o) { return o.code === value; })) options.push({ code: value, label: value });
          if (!param.required) options.unshift({ code: "", label: "" });
          else if (!value) item[param.name] = options[0].code;
          const chosen = select(options, value || item[param.name], param.label);
          chosen.onchange = function () { item[param.name] = chosen.value; };
          return make("label", { className: "bo-small bo-rule-param" }, label, chosen);
        }
        const field = input(value, param.options, { maxLength: param.most, type: param.kind === "mail" ? "email" : "text", inputMode: param.kind === "number" ? "numeric" : "text" });
        field[0].oninput = function () { item[param.name] = field[0].value; };
        return make("label", { className: "bo-small bo-rule-param" }, label, ...field);
      });
      return make("div", { className: "bo-rule-row" }, what, ...params,
        remover(function () { state.actions.splice(place, 1); draw(); }), errors("actions[" + place + "]"));
    });
    actions.replaceChildren(...[...drawn, button(t.add_action, function () { state.actions.push({}); draw(); }), errors("actions")].filter(Boolean));
  }

  function draw() {
    const at = form.querySelector("[data-at]");
    at.hidden = trigger.value !== "time";
    drawConditions();
    drawActions();
  }
  trigger.addEventListener("change", function () {
    const known = words.fields[subject()].map(function (f) { return f.code; });
    state.groups.forEach(function (g) { g.rows = g.rows.filter(function (r) { return known.includes(r.field); }); });
    state.groups = state.groups.filter(function (g) { return g.rows.length; });
    state.actions = state.actions.filter(function (a) {
      const action = words.actions.find(function (known) { return known.code === a.action; });
      return action && action.subjects.includes(subject());
    });
    if (!state.actions.length) state.actions.push({});
    draw();
  });
  form.addEventListener("submit", function () {
    form.querySelector("[name=conditions]").value = JSON.stringify({ match: state.match, groups: state.groups });
    form.querySelector("[name=actions]").value = JSON.stringify(state.actions);
    if (trigger.value !== "time") form.querySelector("[name=at_time]").value = "";
  });
  if (!state.actions.length && !shut) state.actions.push({});
  draw();
})();
