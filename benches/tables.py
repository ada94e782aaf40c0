"""Real rows and totals of ../shared/data/hostile, counted apart from vigie, beside those of `vigie lire`.

usage: python3 benches/tables.py RAPPROCHEMENT.json [../shared/data/hostile]

A real row has a readable amount in the column of amounts and something else in another one. The .xls file
is cut into its BIFF records here.
"""
import csv, io, json, struct, sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

csv.field_size_limit(1 << 30)
# encoding, separator
FILES = {
    "bradford_2019-09.csv": ("cp1252", ","),
    "darlington_2013-07.csv": ("cp1252", ","),
    "darlington_2014-05.csv": ("cp1252", ","),
    "gateshead_2017-12.csv": ("utf-8-sig", ","),
    "leeds_2011-09.csv": ("cp1252", ","),
    "manchester_2022-05.csv": ("utf-8", ","),
    "phoenix_2018-09.csv": ("cp1252", ","),
    "phoenix_2018-10.csv": ("cp1252", ","),
    "salford_2018-04.csv": ("cp1252", ","),
    "senado_2008.csv": ("latin-1", ";"),
}
AMOUNT = {
    "bradford_2019-09.csv": "Amount",
    "darlington_2013-07.csv": "amount",
    "darlington_2014-05.csv": "Invoice Line Value",
    "gateshead_2017-12.csv": "Amount",
    "leeds_2011-09.csv": "Amount",
    "manchester_2022-05.csv": "Amount",
    "phoenix_2018-09.csv": "Invoice Net",
    "phoenix_2018-10.csv": "Invoice Net",
    "salford_2018-04.csv": "Amount",
    "senado_2008.csv": "VALOR",
}


def amount(text, comma):
    text = text.strip().replace("£", "").replace("$", "").replace(" ", "")
    sign = -1 if text.startswith("(") or text.endswith("-") else 1
    text = text.strip("()").rstrip("-")
    text = text.replace(".", "").replace(",", ".") if comma else text.replace(",", "")
    try:
        return sign * int((Decimal(text) * 100).to_integral_value("ROUND_HALF_UP"))
    except (InvalidOperation, ValueError):
        return None


def delimited(path, encoding, separator, wanted):
    text = path.read_bytes().decode(encoding, "replace")
    rows = list(csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter=separator))
    for at, row in enumerate(rows):
        hits = [i for i, cell in enumerate(row) if wanted.lower() in cell.strip().lower()]
        if hits and sum(bool(c.strip()) for c in row) >= 3:
            break
    best = (0, 0)
    for place in hits:
        found = [amount(r[place], separator == ";") for r in rows[at + 1:]
                 if len(r) > place and sum(bool(c.strip()) for i, c in enumerate(r) if i != place) >= 2]
        found = [a for a in found if a is not None]
        best = max(best, (len(found), sum(found)))
    return best


def biff(path):
    """Numbers of the sheet of an old workbook: {row: {column: value}}."""
    data = path.read_bytes()
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    sector = lambda n: data[(n + 1) * size:(n + 2) * size]
    fat = []
    for n in struct.unpack_from("<109I", data, 76):
        if n < 0xFFFFFFFA:
            fat += struct.unpack(f"<{size // 4}I", sector(n))
    def chain(n):
        out = b""
        while n < 0xFFFFFFFA:
            out += sector(n)
            n = fat[n]
        return out
    folder = chain(struct.unpack_from("<I", data, 48)[0])
    stream = b""
    for i in range(0, len(folder), 128):
        name = folder[i:i + 64].decode("utf-16le").strip("\0")
        if name in ("Workbook", "Book"):
            stream = chain(struct.unpack_from("<I", folder, i + 116)[0])
    cells, at = {}, 0
    def rk(v):
        x = float(v >> 2 if v < 1 << 31 else (v >> 2) - (1 << 30)) if v & 2 else struct.unpack("<d", struct.pack("<Q", (v & ~3) << 32))[0]
        return x / 100 if v & 1 else x
    while at + 4 <= len(stream):
        kind, n = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4:at + 4 + n]
        at += 4 + n
        if kind == 0x203:
            r, c, _, v = struct.unpack_from("<HHHd", body)
            cells.setdefault(r, {})[c] = v
        elif kind == 0x27E:
            r, c, _, v = struct.unpack_from("<HHHI", body)
            cells.setdefault(r, {})[c] = rk(v)
        elif kind == 0xBD:
            r, first = struct.unpack_from("<HH", body)
            for k in range((n - 6) // 6):
                cells.setdefault(r, {})[first + k] = rk(struct.unpack_from("<I", body, 6 + 6 * k)[0])
        elif kind == 0x06:
            r, c, _, v = struct.unpack_from("<HHHd", body)
            cells.setdefault(r, {})[c] = v
    columns = {}
    for row in cells.values():
        for c, v in row.items():
            columns.setdefault(c, []).append(v)
    return {c: (len(v), round(sum(v) * 100)) for c, v in columns.items()}


def main():
    read = {e["fichier"]: e for e in json.load(open(sys.argv[1]))["ecritures"]}
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else "../shared/data/hostile")
    print("| fichier | lignes réelles | lues | retenues | à part | total réel | total lu |\n|---|---|---|---|---|---|---|")
    for name, (encoding, separator) in FILES.items():
        rows, total = delimited(folder / name, encoding, separator, AMOUNT[name])
        e = read.get(name, {})
        print(f"| {name} | {rows} | {e.get('lignes_lues')} | {e.get('lignes_retenues')} | {e.get('lignes_ecartees')} | {total} | {e.get('total')} |")
    for name in ["birmingham_2015-08.xls"]:
        e = next((v for k, v in read.items() if k.startswith(name)), {})
        print(f"| {name} | colonnes de nombres {biff(folder / name)} | {e.get('lignes_lues')} | {e.get('lignes_retenues')} | {e.get('lignes_ecartees')} | | {e.get('total')} |")


main()
