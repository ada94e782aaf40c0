# %% [markdown]
# # {{titre}}
#
# Ce carnet redessine les figures de vigie à partir des fichiers exportés à côté de lui. Il ne demande pas vigie :
# Python 3.11, `pandas` et `matplotlib` suffisent (`pyarrow` accélère la lecture des tables).
#
# Fichier → Exécuter toutes les cellules. Rien n'est envoyé sur le réseau.
# %%
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

BLEU, ORANGE, ENCRE, VERT = "#0F4C81", "#BD5A00", "#2A2A2A", "#34805F"
BANDE_80, BANDE_95 = "#B4CDE4", "#DCE8F3"
plt.rcParams.update({"figure.figsize": (11, 5), "figure.dpi": 100, "axes.spines.top": False, "axes.spines.right": False})


def montant(valeur, unite="€"):
    """1234567.5 -> « 1 234 568 € », à la française."""
    return f"{valeur:,.0f}".replace(",", "\u202f").replace("-", "\u2212") + f"\u00a0{unite}"


def lire(nom):
    """La table exportée : Parquet si possible, sinon CSV ; None si elle n'a pas été exportée."""
    parquet, csv = Path(f"{nom}.parquet"), Path(f"{nom}.csv")
    if parquet.exists():
        try:
            table = pd.read_parquet(parquet)
            # les montants canoniques sont des centimes entiers
            for colonne in MONTANTS & set(table.columns):
                table[colonne] = table[colonne] / 100
            return table
        except ImportError:
            pass
    if csv.exists():
        table = pd.read_csv(csv, sep=";", decimal=",", encoding="utf-8-sig", dtype=TEXTES)
        for colonne in {"date_mandat", "date_facture"} & set(table.columns):
            table[colonne] = pd.to_datetime(table[colonne], format="%d/%m/%Y", errors="coerce")
        return table
    return None


MONTANTS = {"vote", "credits_ouverts", "realise", "rar", "montant", "montant_ht", "montant_tva", "montant_ttc"}
TEXTES = {"code": str, "chapitre": str, "nature": str, "fonction": str, "siret": str, "budget": str, "mandat": str, "facture": str}

previsions = lire("previsions")
constats = lire("constats")
budget = lire("budget")
ecritures = lire("ecritures")
for nom, table in {"previsions": previsions, "constats": constats, "budget": budget, "ecritures": ecritures}.items():
    print(f"{nom:<11}", "non exporté" if table is None else f"{len(table)} lignes")
# %% [markdown]
# ## Où va le budget de fonctionnement ?
#
# Lire : la bande foncée contient la valeur réelle 8 fois sur 10, la bande claire 95 fois sur 100.
# %%
if previsions is None:
    print("Pas de prévision : exporter avec les comptes administratifs.")
else:
    principal = previsions["budget"].iloc[0]
    totaux = previsions[(previsions["niveau"] == "total") & (previsions["section"] == "F") & (previsions["budget"] == principal)]
    comptes = None
    if budget is not None:
        reel = budget[(budget["etape"].isin(["CA", "CFU"])) & (budget["ordre"] == "reel") & (budget["section"] == "F")]
        reel = reel[~reel["nature"].isin(["002", "001"])]
        comptes = reel.groupby(["exercice", "sens"])["realise"].sum().unstack("sens")
    figure, axe = plt.subplots()
    for sens, couleur, nom in [("R", BLEU, "recettes"), ("D", ORANGE, "dépenses")]:
        p = totaux[totaux["sens"] == sens].sort_values("exercice")
        if comptes is not None and sens in comptes:
            axe.plot(comptes.index, comptes[sens] / 1e6, "-o", color=couleur, label=f"{nom} réalisées")
        axe.fill_between(p["exercice"], p["bas_95"] / 1e6, p["haut_95"] / 1e6, color=couleur, alpha=0.12, linewidth=0)
        axe.fill_between(p["exercice"], p["bas_80"] / 1e6, p["haut_80"] / 1e6, color=couleur, alpha=0.25, linewidth=0)
        axe.plot(p["exercice"], p["prevision"] / 1e6, "--o", color=couleur, markerfacecolor="white", label=f"{nom} prévues")
    axe.set_title("Fonctionnement : réalisé et prévu, en M€", loc="left")
    axe.xaxis.set_major_locator(plt.MaxNLocator(integer=True))
    axe.legend(frameon=False, ncols=2)
    plt.show()
# %% [markdown]
# ## Quels chapitres portent la variation ?
# %%
if previsions is not None:
    premier = previsions["exercice"].min()
    chapitres = previsions[(previsions["niveau"] == "chapitre") & (previsions["exercice"] == premier) & (previsions["section"] == "F") & (previsions["budget"] == principal)].copy()
    chapitres["ecart"] = (chapitres["prevision"] - chapitres["dernier_realise"]) / 1e3
    chapitres["nom"] = chapitres["sens"].map({"D": "dép. ", "R": "rec. "}) + chapitres["code"] + " " + chapitres["libelle"].str.slice(0, 32)
    gros = chapitres.reindex(chapitres["ecart"].abs().sort_values(ascending=False).index).head(12).iloc[::-1]
    figure, axe = plt.subplots(figsize=(11, 6))
    barres = axe.barh(gros["nom"], gros["ecart"], color=[BLEU if s == "R" else ORANGE for s in gros["sens"]])
    axe.bar_label(barres, labels=[montant(v, "k€") for v in gros["ecart"]], padding=4)
    axe.axvline(0, color=ENCRE, linewidth=0.8)
    axe.margins(x=0.15)
    axe.set_title(f"De la dernière année réalisée à {premier}, en k€", loc="left")
    plt.tight_layout()
    plt.show()
# %% [markdown]
# ## Combien la prévision s'est-elle trompée dans le passé ?
# %%
if previsions is not None:
    fiables = previsions[(previsions["niveau"] == "chapitre") & (previsions["exercice"] == premier)].dropna(subset=["erreur_passee_pct"])
    fiables = fiables[fiables["prevision"] > 0].nlargest(12, "prevision")
    display(fiables[["sens", "code", "libelle", "prevision", "bas_80", "haut_80", "modele", "erreur_passee_pct"]].round(1))
# %% [markdown]
# ## Que faut-il examiner d'abord ?
#
# Un signalement est une raison de regarder, pas un verdict. L'enjeu est le montant concerné, pas une perte.
# %%
if constats is None:
    print("Pas de signalement : exporter avec un grand livre.")
else:
    tri = constats.groupby(["controle", "priorite"])["enjeu"].agg(["count", "sum"]).rename(columns={"count": "nombre", "sum": "enjeu"})
    display(tri.round(2))
    retenus = constats[constats["priorite"] != "information"].groupby("controle")["enjeu"].sum().sort_values().tail(12) / 1e3
    figure, axe = plt.subplots()
    barres = axe.barh(retenus.index, retenus, color=ORANGE)
    axe.bar_label(barres, labels=[montant(v, "k€") for v in retenus], padding=4)
    axe.margins(x=0.12)
    axe.set_title("Enjeu à vérifier, par contrôle, en k€", loc="left")
    plt.tight_layout()
    plt.show()
# %% [markdown]
# ## Quand la commune paie-t-elle ?
# %%
if ecritures is not None and "date_mandat" in ecritures:
    depenses = ecritures[ecritures["sens"] == "D"].copy()
    depenses["mois"] = pd.to_datetime(depenses["date_mandat"]).dt.month
    if "chapitre" in depenses:
        mois = depenses.pivot_table(index="chapitre", columns="mois", values="montant", aggfunc="sum", fill_value=0.0)
        part = mois.div(mois.sum(axis=1), axis=0).mul(100)
        figure, axe = plt.subplots()
        image = axe.imshow(part, cmap="Blues", aspect="auto")
        for i in range(part.shape[0]):
            for j in range(part.shape[1]):
                valeur = part.iat[i, j]
                axe.text(j, i, f"{valeur:.0f}", ha="center", va="center", color="white" if valeur > part.values.max() / 2 else ENCRE)
        axe.set_xticks(range(part.shape[1]), part.columns)
        axe.set_yticks(range(part.shape[0]), part.index)
        axe.set_title("Part de l'année payée chaque mois, en %, par chapitre", loc="left")
        plt.show()
# %% [markdown]
# ## Les premiers chiffres suivent-ils la loi de Benford ?
#
# Un écart n'est pas une preuve : un tarif fixe ou un abonnement suffit.
# %%
if ecritures is not None:
    valeurs = ecritures.loc[(ecritures["sens"] == "D") & (ecritures["montant"] >= 10), "montant"]
    chiffres = valeurs.map(lambda v: int(f"{v:.2f}".lstrip("0.")[0]))
    observe = chiffres.value_counts(normalize=True).reindex(range(1, 10), fill_value=0).mul(100)
    attendu = pd.Series({d: 100 * __import__("math").log10(1 + 1 / d) for d in range(1, 10)})
    figure, axe = plt.subplots()
    axe.bar(observe.index, observe, color=BLEU, label="observé")
    axe.plot(attendu.index, attendu, "o", color=ORANGE, label="attendu")
    axe.set_xticks(range(1, 10))
    axe.legend(frameon=False)
    axe.set_title(f"Premier chiffre de {len(valeurs)} montants, en %", loc="left")
    plt.show()
