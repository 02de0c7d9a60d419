// Sorts tables by a click on a column's head; the page reads the same without.
(function () {
  function key(row, column) {
    var cell = row.cells[column], value = cell.getAttribute("data-v");
    return value === null ? cell.textContent.trim() : parseFloat(value);
  }
  function compare(a, b) {
    var numbers = typeof a === "number" ? 1 : 0, others = typeof b === "number" ? 1 : 0;
    if (numbers !== others) return others - numbers;
    return numbers === 1 ? a - b : a.localeCompare(b);
  }
  document.querySelectorAll("table.sortable").forEach(function (table) {
    var body = table.tBodies[0], heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent.trim();
      button.title = "Sort by this column";
      head.replaceChildren(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var rows = Array.from(body.rows).sort(function (a, b) {
          var order = compare(key(a, column), key(b, column));
          return down ? -order : order;
        });
        rows.forEach(function (row) { body.appendChild(row); });
      });
    });
  });
})();
