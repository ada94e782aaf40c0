"""Assembles and checks the package built by .ci/release: program, documents, licences, bill of materials, checksums.

    python3 .ci/paquet.py PROGRAM TARGET SBOM FOLDER [essai]

Invariant: the bytes written depend on the commit and on the program only, never on the machine nor the hour.
"""

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

TEXTES = re.compile(r"(?i)^(licen[cs]e|copying|notice|unlicense|copyright)")
# Documents of the package, and the name they have there.
DOCUMENTS = {
    "docs/lisez-moi.md": "LISEZ-MOI.txt",
    "docs/installer.md": "documents/installer.txt",
    "docs/donnees.md": "documents/donnees.txt",
    "docs/menaces.md": "documents/menaces.txt",
    "CHANGELOG.md": "documents/journal-des-versions.txt",
    "LICENSE-MIT": "licences/vigie-MIT.txt",
    "LICENSE-APACHE": "licences/vigie-Apache-2.0.txt",
    "src/report/font/LICENCE.txt": "licences/police-DejaVu.txt",
}
RUST = """La bibliothèque standard de Rust est dans le programme. Elle est sous licence MIT ou Apache-2.0, au choix
(The Rust Project Developers) ; ces deux textes sont ci-dessous et dans vigie-MIT.txt et vigie-Apache-2.0.txt.
"""


def cargo(*args):
    return subprocess.run(["cargo", *args], check=True, capture_output=True, text=True).stdout


def embedded(cible):
    """The crates compiled into the program: name and version, counted by cargo alone."""
    tree = cargo("tree", "--locked", "-e", "normal,build", "--target", cible, "--prefix", "none", "-f", "{p}")
    crates = {tuple(line.split()[:2]) for line in tree.splitlines() if line.strip()}
    return {(name, version.lstrip("v")) for name, version in crates}


def licences(crates, cible):
    """One text with every licence, each followed by the crates that come under it."""
    metadata = json.loads(cargo("metadata", "--locked", "--format-version", "1", "--filter-platform", cible))
    packages = {(p["name"], p["version"]): p for p in metadata["packages"]}
    allowed = set(re.findall(r'"([^"]+)"', re.search(r"allow = \[(.*?)\]", Path("deny.toml").read_text()).group(1)))
    folders = {p["repository"]: Path(p["manifest_path"]).parent for p in packages.values() if p["repository"]}
    rows, found = [], {}
    for key in sorted(crates):
        package = packages[key]
        expression = package["license"] or ""
        words = set(re.split(r"\s+(?:OR|AND)\s+|/|[()]", expression.replace(" WITH ", "~"))) - {""}
        words = {w.replace("~", " WITH ").strip() for w in words} - {""}
        assert words & allowed, f"{key}: licence « {expression} » hors de deny.toml"
        if key[0] != "vigie":
            rows.append(f"{key[0]} {key[1]} : {expression} ; {', '.join(package['authors']) or 'auteurs : voir le dépôt'}")
            for text in texts_of(package, folders):
                found.setdefault(text, []).append(f"{key[0]} {key[1]}")
    out = ["Licences des bibliothèques compilées dans vigie\n", f"{len(rows)} bibliothèques, pour {cible}.\n", RUST]
    out += rows
    for text, names in sorted(found.items(), key=lambda item: item[1]):
        out += ["", "=" * 78, "Texte de : " + ", ".join(names), "=" * 78, "", text]
    return "\n".join(out) + "\n"


def texts_of(package, folders):
    """The licence texts a crate ships; when it ships none, those of a crate of the same repository, else
    the common text of the licence it declares."""
    here = Path(package["manifest_path"]).parent
    own = read_texts(here)
    if own:
        return own
    same = [p for r, p in folders.items() if package["repository"] and r.rstrip("/") == package["repository"].rstrip("/")]
    for folder in same:
        if read_texts(folder):
            return read_texts(folder)
    common = {"MIT": "LICENSE-MIT", "Apache-2.0": "LICENSE-APACHE"}
    declared = [f for word, f in common.items() if word in package["license"]]
    if declared:
        return [re.sub(r"(?m)^Copyright .*$", f"Copyright (c) {', '.join(package['authors'])}", Path(f).read_text()) for f in declared]
    fallback = {"BSD-3-Clause": "alloc-no-stdlib"}
    for word, name in fallback.items():
        if word in package["license"]:
            for folder in here.parent.glob(f"{name}-*"):
                if read_texts(folder):
                    return read_texts(folder)
    sys.exit(f"{package['name']} : aucun texte de licence trouvé")


def read_texts(folder):
    names = sorted(n for n in os.listdir(folder) if TEXTES.match(n) and (folder / n).is_file())
    return [(folder / n).read_text(errors="replace").replace("\r\n", "\n").strip() for n in names]


def bill(path, crates):
    """The CycloneDX document without the folder of this machine; it names every crate, and no other."""
    here = f"path+file://{Path.cwd()}"
    sbom = json.loads(Path(path).read_text().replace(here, "path+file:///vigie"))
    listed = {(c["name"], c["version"]) for c in sbom["components"]}
    wanted = {key for key in crates if key[0] != "vigie"}
    assert wanted <= listed, f"absentes de la nomenclature : {sorted(wanted - listed)}"
    lock = set(re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"', Path("Cargo.lock").read_text()))
    assert listed <= lock, f"hors de Cargo.lock : {sorted(listed - lock)}"
    assert sbom["bomFormat"] == "CycloneDX" and sbom["metadata"]["component"]["name"] == "vigie"
    refs = {c["bom-ref"] for c in sbom["components"]} | {sbom["metadata"]["component"]["bom-ref"]}
    assert all(d["ref"] in refs and set(d.get("dependsOn", [])) <= refs for d in sbom["dependencies"])
    assert all(c["hashes"] for c in sbom["components"]), "une bibliothèque sans empreinte"
    return json.dumps(sbom, ensure_ascii=False, indent=1) + "\n"


def launcher(cible):
    """What a double click opens: the local page. On Windows the program without argument opens it itself."""
    if "windows" in cible:
        return "Ouvrir vigie.cmd", b'@echo off\r\nchcp 65001 >nul\r\ntitle vigie\r\n"%~dp0vigie.exe"\r\nif errorlevel 1 pause\r\n'
    name = "Ouvrir vigie.command" if "apple" in cible else "ouvrir-vigie.sh"
    return name, b'#!/bin/sh\nexec "$(dirname "$0")/vigie" ouvrir "$HOME/Documents/vigie"\n'


def note(path):
    """A document as Notepad shows it: mark of UTF-8, line ends of Windows."""
    text = Path(path).read_text(encoding="utf-8").replace("\r\n", "\n")
    return ("\ufeff" + text.replace("\n", "\r\n")).encode()


def contents(programme, cible, sbom):
    crates = embedded(cible)
    windows = "windows" in cible
    files = {("vigie.exe" if windows else "vigie"): Path(programme).read_bytes()}
    name, text = launcher(cible)
    files[name] = text
    for source, target in DOCUMENTS.items():
        files[target] = note(source)
    files["licences/bibliotheques.txt"] = ("\ufeff" + licences(crates, cible).replace("\n", "\r\n")).encode()
    files["nomenclature.cdx.json"] = bill(sbom, crates).encode()
    sums = "".join(f"{hashlib.sha256(files[n]).hexdigest()}  {n}\n" for n in sorted(files))
    files["SHA256SUMS"] = sums.encode()
    return files


def archive(files, name, windows):
    """The archive as bytes: sorted names, one date, no owner."""
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    out = io.BytesIO()
    run = ("vigie", "Ouvrir vigie.command", "ouvrir-vigie.sh")
    if windows:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
            for n in sorted(files):
                z.writestr(zipfile.ZipInfo(f"{name}/{n}", time.gmtime(epoch)[:6]), files[n], zipfile.ZIP_DEFLATED)
        return out.getvalue()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=epoch, filename="", compresslevel=9) as z:
        with tarfile.open(fileobj=z, mode="w", format=tarfile.PAX_FORMAT) as t:
            for n in sorted(files):
                info = tarfile.TarInfo(f"{name}/{n}")
                info.size, info.mtime, info.mode = len(files[n]), epoch, 0o755 if n in run else 0o644
                t.addfile(info, io.BytesIO(files[n]))
    return out.getvalue()


def try_out(path, sha256):
    """Checks the package as a new user would: checksum, unpacking, inner checksums, demo from an empty place."""
    with tempfile.TemporaryDirectory(prefix="paquet é '") as place:
        shutil.copy(path, place)
        shutil.copy(sha256, place)
        subprocess.run(["sha256sum", "--check", "--quiet", Path(sha256).name], cwd=place, check=True)
        subprocess.run(["tar", "xzf", Path(path).name], cwd=place, check=True)
        (folder,) = [p for p in Path(place).iterdir() if p.is_dir()]
        subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
        env = {"HOME": place, "PATH": "/nulle-part"}
        run = lambda *a: subprocess.run([folder / "vigie", *a], cwd=place, env=env, check=True, capture_output=True, text=True).stdout
        print("essayé :", run("--version").strip())
        run("demo", "--lignes", "2000", "--date", "2026-03-14", "--sortie", "ma démo")
        for page in ("preparation.html", "audit.html", "synthese.html", "lecture.html"):
            assert (Path(place) / "ma démo" / page).stat().st_size > 10_000, page


def main():
    programme, cible, sbom, folder = sys.argv[1:5]
    essai = sys.argv[5:] == ["essai"]
    version = re.search(r'(?m)^version = "(.*)"', Path("Cargo.toml").read_text()).group(1)
    name = f"vigie-{version}-{cible}" + ("-essai" if essai else "")
    windows = "windows" in cible
    files = contents(programme, cible, sbom)
    data = archive(files, name, windows)
    if essai:
        assert data == archive(contents(programme, cible, sbom), name, windows), "deux archives diffèrent"
    Path(folder).mkdir(parents=True, exist_ok=True)
    target = Path(folder) / f"{name}.{'zip' if windows else 'tar.gz'}"
    target.write_bytes(data)
    sums = Path(f"{target}.sha256")
    sums.write_text(f"{hashlib.sha256(data).hexdigest()}  {target.name}\n")
    mo = lambda n: f"{n / 1e6:.1f} Mo".replace(".", ",")
    print(f"programme {mo(Path(programme).stat().st_size)}, archive {mo(len(data))} : {target}")
    if essai:
        try_out(target, sums)


if __name__ == "__main__":
    main()
