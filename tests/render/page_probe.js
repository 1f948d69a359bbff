"use strict";
// Runs before anything else in a copy of a page, tries everything a reader can do, and writes down what is seen.
(() => {
  const errors = [];
  const kept = (text) => errors.push(String(text));
  addEventListener("error", (event) => kept(event.message));
  addEventListener("unhandledrejection", (event) => kept(event.reason));
  document.addEventListener("securitypolicyviolation", (event) => kept(`${event.violatedDirective} ${event.sample}`));
  console.error = console.warn = (...said) => kept(said.join(" "));

  const seen = (element) => element.getClientRects().length > 0;

  const look = () => {
    document.querySelectorAll("details").forEach((part) => (part.open = true));
    const table = document.querySelector(".layers");
    const heads = [...table.tHead.rows[0].cells];
    const name = heads.findIndex((head) => head.textContent === "Name");
    const rows = () => [...table.tBodies].flatMap((body) => [...body.rows]);
    const shown = () => rows().filter(seen);
    const lines = () => shown().map((row) => (row.cells.length > 1 ? row.cells[name].textContent : `# ${row.textContent}`));
    const tick = (box) => document.querySelector(box).click();
    const size = (element) => {
      const box = element.getBoundingClientRect();
      return [box.width, box.height];
    };

    const found = {
      width: innerWidth,
      scrollWidth: document.documentElement.scrollWidth,
      wide: [...document.body.querySelectorAll("*")]
        .filter((element) => !element.closest(".layers, .drawing > *"))
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
        .map((element) => element.outerHTML.slice(0, 80)),
      rows: rows().length,
      lines: lines(),
      heads: heads.filter(seen).map((head) => head.textContent),
      titles: heads.map((head) => head.textContent),
      charts: [...document.querySelectorAll(".charts svg.bars")].map(size),
      bars: [...document.querySelectorAll(".charts svg.bars")].map((chart) =>
        [...chart.querySelectorAll("g")].map((group) => {
          const bar = group.querySelector("rect:not(.line)");
          return bar ? size(bar)[0] : 0;
        }),
      ),
      drawing: [...document.querySelectorAll(".drawing > svg")].map(size),
      background: getComputedStyle(document.body).backgroundColor,
      resources: performance.getEntriesByType("resource").map((entry) => entry.name),
      buttons: heads.filter(seen).map((head) => {
        const button = head.querySelector("button");
        button?.focus();
        return button !== null && document.activeElement === button;
      }),
    };

    const column = (index) => {
      const press = () => {
        heads[index].querySelector("button").click();
        return [heads[index].getAttribute("aria-sort"), lines()];
      };
      return [press(), press(), press()];
    };
    if (found.buttons[0]) found.sorted = Object.fromEntries(heads.map((head, index) => [head.textContent, column(index)]));

    if (table.querySelector(".repeat")) {
      tick(".repeat input");
      found.one = lines();
      tick(".repeat input");
      tick("[name=open]");
      found.open = lines();
      if (found.buttons[0]) {
        const neurons = heads.findIndex((head) => head.textContent === "Neurons");
        found.openSorted = column(neurons);
        heads[neurons].querySelector("button").click();
        tick("[name=open]");
        found.closedSorted = lines();
        heads[neurons].querySelector("button").click();
        heads[neurons].querySelector("button").click();
      } else {
        tick("[name=open]");
      }
    }
    tick("[name=place]");
    found.place = lines();
    tick("[name=place]");
    tick("[name=all]");
    found.all = heads.filter(seen).map((head) => head.textContent);
    tick("[name=all]");
    tick("[name=macs]");
    found.without = heads.filter(seen).map((head) => head.textContent);
    tick("[name=macs]");
    found.after = lines();
    return found;
  };

  addEventListener("load", () => {
    let found = {};
    try {
      found = look();
    } catch (error) {
      kept(error.stack);
    }
    const told = document.createElement("pre");
    told.id = "findings";
    told.textContent = JSON.stringify({ ...found, errors });
    document.body.append(told);
  });
})();
