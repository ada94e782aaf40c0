"""Forecast of a real town at one and two years' distance, with the widths of the intervals. usage: budget.py VIGIE DOSSIER [PREMIER_EXERCICE]

DOSSIER holds CA_AAAA.xml of consecutive exercices. For each exercice from PREMIER_EXERCICE (2019) on and each distance, the accounts up to exercice -
distance are given. Weighted absolute error by nature of real operations of fonctionnement, error of totals, natures and totals inside 80 %, and the
width of the 80 % interval of totals, all beside last known amounts. The interval of "last amounts" is built as ours is: its own past errors
(yearly changes of the total, at that distance), two prior years at 2.5 % a year, Student quantile.
"""
import csv, glob, os, re, subprocess, sys, tempfile
import xml.etree.ElementTree as ET
from collections import defaultdict

if len(sys.argv) < 3 or not os.path.isdir(sys.argv[2]):
    print(f"banc sauté : dossier {sys.argv[2] if len(sys.argv) > 2 else '(aucun)'} absent")
    sys.exit(0)
vigie, dossier = sys.argv[1:3]
premier = int(sys.argv[3]) if len(sys.argv) > 3 else 2019
SKIP = {"001", "002", "021", "022", "023", "024"}
T80 = [1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397]
PRIOR, PRIOR_YEARS = 0.025, 2


def read(path):
    real = defaultdict(float)
    for e in ET.parse(path).iter():
        if e.tag.rsplit("}", 1)[-1] != "LigneBudget" or e.get("calculated") == "true":
            continue
        f = {c.tag.rsplit("}", 1)[-1]: c.get("V") for c in e if c.get("Code") is None}
        if f["Nature"] not in SKIP and f.get("OpBudg") == "0" and f["Nature"][0] in "67":
            real[f["CodRD"], f["Nature"]] += float(f.get("MtReal") or 0)
    return real


def euros(text):
    return float(re.sub(r"[\s\u202f\u00a0]", "", text).replace(",", ".") or 0)


paths = {int(re.search(r"(\d{4})\.xml$", p)[1]): p for p in glob.glob(os.path.join(dossier, "CA_*.xml"))}
real = {y: read(p) for y, p in sorted(paths.items())}
for distance in (1, 2):
    means = defaultdict(list)
    for annee in range(premier, max(real) + 1):
        known = [y for y in sorted(real) if y <= annee - distance]
        if len(known) < 2:
            continue
        with tempfile.TemporaryDirectory() as out:
            args = [vigie, "prevoir", *(paths[y] for y in known), "--horizon", str(distance), "--sortie", out]
            subprocess.run(args, check=True, capture_output=True)
            with open(os.path.join(out, "previsions.csv"), encoding="utf-8-sig") as f:
                rows = [r for r in csv.DictReader(f, delimiter=";") if r["exercice"] == str(annee) and r["section"][:1].upper() == "F"]
        for s, nom in (("D", "dépenses"), ("R", "recettes")):
            pre = {r["code"]: r for r in rows if r["niveau"] == "nature" and r["sens"][0].upper() == s}
            tot = next(r for r in rows if r["niveau"] == "total" and r["sens"][0].upper() == s)
            keys = {k[1] for k in real[annee] if k[0] == s} | set(pre)
            a = {k: real[annee][s, k] for k in keys}
            base, total = sum(map(abs, a.values())), sum(a.values())
            last = real[known[-1]]
            ours = 100 * sum(abs(a[k] - (euros(pre[k]["prevision"]) if k in pre else 0)) for k in keys) / base
            theirs = 100 * sum(abs(a[k] - last[s, k]) for k in keys) / base
            inside = [euros(pre[k]["bas_80"]) <= a[k] <= euros(pre[k]["haut_80"]) for k in pre]
            low, high = euros(tot["bas_80"]), euros(tot["haut_80"])
            sums = [sum(v for k, v in real[y].items() if k[0] == s) for y in known]
            err = [b - c for b, c in zip(sums[1:], sums)]
            sd = ((sum(e * e for e in err) + PRIOR_YEARS * (PRIOR * sums[-1]) ** 2) / (len(err) + PRIOR_YEARS)) ** 0.5
            naive = 2 * T80[min(len(err), len(T80) - 1)] * sd * distance ** 0.5
            row = {"natures": ours, "reconduit": theirs, "total": 100 * abs(euros(tot["prevision"]) / total - 1),
                   "total reconduit": 100 * abs(sums[-1] / total - 1), "natures dans 80": sum(inside) / len(inside),
                   "total dans 80": float(low <= total <= high), "largeur": 100 * (high - low) / total, "largeur reconduit": 100 * naive / total}
            print(f"distance {distance} exercice {annee} {nom} : " + "  ".join(f"{k} {v:.2f}" for k, v in row.items()))
            for k, v in row.items():
                means[nom, k].append(v)
                means["ensemble", k].append(v)
    for nom in ("dépenses", "recettes", "ensemble"):
        mean = {k: sum(v) / len(v) for (n, k), v in means.items() if n == nom}
        print(f"distance {distance} moyenne {nom} : " + "  ".join(f"{k} {v:.2f}" for k, v in mean.items()))
