"use strict";
const plain = (s) =>
  s.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[\u00a0\u202f]/g, " ").toLowerCase();
const make = (tag, props, ...kids) => {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...kids);
  return e;
};
const copy = (text, button) => {
  const done = () => {
    const was = button.textContent;
    button.textContent = "Copié";
    setTimeout(() => (button.textContent = was), 1500);
  };
  const old = () => {
    const area = make("textarea", { value: text });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
    done();
  };
  navigator.clipboard ? navigator.clipboard.writeText(text).then(done, old) : old();
};
const number = new Intl.NumberFormat("fr-FR");
const euro = new Intl.NumberFormat("fr-FR", { style: "currency", currency: "EUR", maximumFractionDigits: 0 });
const collator = new Intl.Collator("fr", { numeric: true });

document.querySelectorAll("table[data-tri]").forEach((table, n) => {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const raw = (cell) => (cell ? cell.dataset.v ?? cell.textContent.trim().replace(/^–$/, "") : "");
  const texts = rows.map((r) => plain(r.textContent));
  const sum = heads.findIndex((h) => "somme" in h.dataset);
  const input = make("input", { type: "search", id: "filtre" + n, autocomplete: "off" });
  const label = make("label", { htmlFor: input.id }, "Filtrer" + (sum < 0 ? " " : " (mots, ou >10000) "));
  const button = make("button", { type: "button", className: "bouton" }, "Copier les lignes visibles");
  const out = make("output", {});
  out.setAttribute("aria-live", "polite");
  table.parentNode.before(make("p", { className: "outils" }, label, input, button, out));

  const filter = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    let count = 0;
    let total = 0;
    rows.forEach((r, i) => {
      const cents = sum < 0 ? 0 : +raw(r.cells[sum]);
      const keep = words.every((w) => {
        const m = /^([<>]=?)(-?\d+(?:[.,]\d+)?)$/.exec(w);
        if (!m || sum < 0) return texts[i].includes(w);
        const x = cents / 100;
        const y = +m[2].replace(",", ".");
        return { ">": x > y, "<": x < y, ">=": x >= y, "<=": x <= y }[m[1]];
      });
      r.hidden = !keep;
      if (keep) {
        count += 1;
        total += cents || 0;
      }
    });
    table.classList.toggle("long", rows.length > 200 && count > 200);
    out.textContent =
      `${number.format(count)} ligne${count < 2 ? "" : "s"} sur ${number.format(rows.length)}` +
      (sum < 0 ? "" : `, ${euro.format(total / 100)}`);
  };

  heads.forEach((head, col) => {
    const sort = make("button", { type: "button" }, ...head.childNodes);
    head.append(sort);
    sort.onclick = () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((h) => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const keyed = rows.map((r, i) => [raw(r.cells[col]), i, r]);
      keyed.sort(([a, i], [b, j]) => {
        if (a === "" || b === "") return (a === "") - (b === "") || i - j;
        const d = isNaN(a) || isNaN(b) ? collator.compare(a, b) : a - b;
        return (up ? d : -d) || i - j;
      });
      body.append(...keyed.map((k) => k[2]));
    };
  });
  input.oninput = filter;
  button.onclick = () => {
    const lines = [table.tHead.rows[0], ...[...body.rows].filter((r) => !r.hidden)];
    copy(lines.map((r) => [...r.cells].map((c) => c.textContent.trim()).join("\t")).join("\n"), button);
  };
  filter();
});

document.querySelectorAll("[data-copie]").forEach((place) => {
  const button = make("button", { type: "button", className: "bouton" }, "Copier les enregistrements");
  button.onclick = () => copy(place.textContent.trim(), button);
  place.after(" ", button);
});
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => (d.open = true)));
