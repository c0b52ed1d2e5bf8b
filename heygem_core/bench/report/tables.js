"use strict";
(() => {
  const compare = (first, second) => {
    const [one, two] = [Number(first), Number(second)];
    if (first !== "" && second !== "" && !Number.isNaN(one) && !Number.isNaN(two)) return one - two;
    return first.localeCompare(second, undefined, { numeric: true });
  };
  document.querySelectorAll("table.sortable").forEach((table) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      head.firstElementChild.onclick = () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const order = (row) => row.cells[column].dataset.order;
        const rows = [...table.tBodies[0].rows].sort((first, second) => {
          const [one, two] = [order(first), order(second)];
          if (one === undefined || two === undefined) return (one === undefined) - (two === undefined);
          return up ? compare(one, two) : compare(two, one);
        });
        table.tBodies[0].append(...rows);
      };
    });
  });
})();
