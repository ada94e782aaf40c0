#!/usr/bin/env python3
"""Memory and time of the local page beside those of the command line, on the same files.

    python3 benches/page.py VIGIE FOLDER [RUNS]

Each run works in a fresh copy of FOLDER: `vigie rapport audit .` on one side; on the other `vigie ouvrir`, the
files dropped, the audit followed every half second as the browser does, the results opened, « Quitter ».
Prints the best of RUNS (default 3): CPU seconds, elapsed seconds, peak resident memory.
"""
import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import time

LINE = "{:<12} cpu {:7.2f} s   durée {:7.2f} s   mémoire {:8.1f} Mo"


def measured(process, start):
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1000


def command_line(vigie, folder):
    with tempfile.TemporaryDirectory() as work:
        shutil.copytree(folder, os.path.join(work, "donnees"))
        start = time.monotonic()
        args = [vigie, "rapport", "audit", ".", "-q"]
        return measured(subprocess.Popen(args, cwd=work, stderr=subprocess.DEVNULL), start)


class Page:
    def __init__(self, line):
        rest = line.strip().rsplit(" ", 1)[1].removeprefix("http://")
        self.host, self.token = rest.strip("/").split("/")

    def ask(self, method, path, body=None, kind="application/x-www-form-urlencoded"):
        link = http.client.HTTPConnection(self.host, timeout=600)
        headers = {"Origin": f"http://{self.host}", "Content-Type": kind}
        link.request(method, f"/{self.token}/{path}", body, headers)
        answer = link.getresponse()
        text = answer.read()
        link.close()
        assert answer.status < 400, (path, answer.status, text[:300])
        return text.decode("utf-8", "replace")

    def drop(self, path, name):
        head = (
            f'--LIMITE\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'
        ).encode()
        tail = b"\r\n--LIMITE--\r\n"

        def parts():
            yield head
            with open(path, "rb") as file:
                while block := file.read(1 << 20):
                    yield block
            yield tail

        link = http.client.HTTPConnection(self.host, timeout=600)
        link.putrequest("POST", f"/{self.token}/fichiers")
        link.putheader("Origin", f"http://{self.host}")
        link.putheader("Content-Type", "multipart/form-data; boundary=LIMITE")
        link.putheader("Content-Length", str(len(head) + os.path.getsize(path) + len(tail)))
        link.endheaders()
        for part in parts():
            link.send(part)
        answer = link.getresponse()
        answer.read()
        assert answer.status == 303, answer.status


def local_page(vigie, folder):
    with tempfile.TemporaryDirectory() as work:
        args = [vigie, "ouvrir", "--sans-navigateur", "."]
        process = subprocess.Popen(
            args, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        page = Page(process.stdout.readline())
        for place, _, names in os.walk(folder):
            for name in sorted(names):
                path = os.path.join(place, name)
                page.drop(path, os.path.relpath(path, folder))
        page.ask("GET", "")
        start = time.monotonic()
        page.ask("POST", "travail", "genre=audit")
        while '"fini":true' not in page.ask("GET", "travail.json"):
            time.sleep(0.5)
        done = page.ask("GET", "travail")
        assert "Terminé" in done, done
        elapsed = time.monotonic() - start
        page.ask("GET", "")
        page.ask("GET", "revue")
        name = done.split("/resultats/", 1)[1].split("/", 1)[0]
        for file in ("audit.html", "audit.xlsx", "resultats.json"):
            page.ask("GET", f"resultats/{name}/{file}")
        page.ask("POST", "quitter", "")
        cpu, _, memory = measured(process, start)
        return cpu, elapsed, memory


def main():
    vigie, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    best = {}
    for _ in range(runs):
        for name, run in (("commande", command_line), ("page", local_page)):
            seen = run(vigie, folder)
            known = best.get(name, seen)
            best[name] = tuple(min(a, b) for a, b in zip(known, seen))
    for name, figures in best.items():
        print(LINE.format(name, *figures))
    pairs = zip(best["page"], best["commande"])
    print("page / commande : " + "  ".join(f"{a / b:.3f}" for a, b in pairs))


main()
