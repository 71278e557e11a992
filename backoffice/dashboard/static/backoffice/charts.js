// Numbers of charts in the page's own form: a browser that lacks a language (Georgian) writes its numbers as English.
(() => {
  "use strict";
  if (typeof Chart === "undefined") return;
  const own = (text, { options }) => text.replace(/[.,]/g, (mark) => (mark === "." ? options.decimalMark : options.thousandMark) ?? mark);
  const english = Chart.Ticks.formatters.numeric;
  Chart.defaults.scales.linear.ticks.callback = function (...tick) {
    return own(String(english.apply(this, tick)), this.chart);
  };
  Chart.defaults.plugins.tooltip.callbacks.label = ({ chart, dataset, formattedValue }) =>
    [dataset.label, own(formattedValue, chart)].filter(Boolean).join(": ");
})();
