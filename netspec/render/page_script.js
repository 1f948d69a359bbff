"use strict";
// Sorting by column. Everything else on the page works without a script.
(() => {
  const table = document.querySelector(".layers");
  const main = document.querySelector("main");
  const heads = [...table.tHead.rows[0].cells];
  const network = [...table.tBodies].map((body) => [body, [...body.rows]]);
  const place = document.createElement("tbody");
  const words = new Intl.Collator("en", { numeric: true });
  let by = null;
  let direction = "";

  const restore = () => network.forEach(([body, rows]) => body.append(...rows));

  const ticked = (part, box) => part.querySelector(box)?.checked;

  // The rows that add up to the totals: of a repeat its sums, or the layers themselves where it is open.
  const counted = ([body, rows]) => {
    const open = ticked(main, "[name=open]") || ticked(body, "input");
    const skipped = body.className !== "repeat" ? null : open ? "sum" : "member";
    return rows.filter((row) => !row.classList.contains("block") && !row.classList.contains(skipped));
  };

  const said = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent;
  };

  // An exact fraction; null for a value that is not known or that there is none of.
  const number = (row, column) => {
    const parts = /^(-?\d+)(?:\/(\d+))?$/.exec(said(row, column).replaceAll(",", ""));
    return parts && [BigInt(parts[1]), BigInt(parts[2] ?? 1)];
  };

  const compared = (a, b) => {
    if (typeof a === "string") return words.compare(a, b);
    const left = a[0] * b[1];
    const right = b[0] * a[1];
    return left < right ? -1 : left > right ? 1 : 0;
  };

  const sort = () => {
    restore();
    table.classList.toggle("sorted", by !== null);
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    place.remove();
    if (by === null) return;
    by.setAttribute("aria-sort", direction);
    const key = by.dataset.kind === "words" ? said : number;
    const column = Number(by.dataset.by ?? by.cellIndex);
    const sign = direction === "ascending" ? 1 : -1;
    const rows = network.flatMap(counted).map((row) => [key(row, column), row]);
    rows.sort(([a], [b]) => (a && b ? sign * compared(a, b) : (a ? 0 : 1) - (b ? 0 : 1)));
    place.append(...rows.map(([, row]) => row));
    table.tFoot.before(place);
  };

  // Numbers begin with the largest, words with the first; the third time brings back the network's order.
  const press = (head) => {
    const first = head.dataset.kind === "words" ? "ascending" : "descending";
    if (by !== head) [by, direction] = [head, first];
    else if (direction === first) direction = first === "ascending" ? "descending" : "ascending";
    else by = null;
    sort();
  };

  place.className = "order";
  heads.forEach((head) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => press(head));
    head.append(button);
  });
  main.addEventListener("change", (event) => {
    if (by !== null && (event.target.name === "open" || table.contains(event.target))) sort();
  });
})();
