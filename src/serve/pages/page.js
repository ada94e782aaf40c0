'use strict';
// Dropping files and folders, and following a run. Every page works without this script.
(() => {
  const MAX = 2 * 1024 ** 3;
  const drop = document.getElementById('depot');
  if (drop) {
    const told = document.getElementById('envoi');
    drop.querySelector('.glisser').hidden = false;
    let busy = false;
    const post = (file, name, moved) => new Promise((done) => {
      const body = new FormData();
      body.append('fichiers', file, name);
      const ask = new XMLHttpRequest();
      ask.open('POST', drop.action);
      ask.setRequestHeader('Accept', 'application/json');
      ask.upload.onprogress = (e) => { if (e.lengthComputable) moved(e.loaded / e.total); };
      ask.onload = () => {
        if (ask.status < 300) return done('');
        try {
          const said = JSON.parse(ask.responseText);
          done(`${said.quoi} (à faire : ${said.a_faire})`);
        } catch { done('refusé par vigie'); }
      };
      ask.onerror = () => done('l’envoi s’est interrompu : vigie est peut-être fermé, ou le fichier a changé');
      ask.send(body);
    });
    const send = async (files) => {
      if (busy) return;
      if (!files.length) {
        told.textContent = 'Choisir d’abord des fichiers ou un dossier.';
        return;
      }
      busy = true;
      const wrong = [];
      for (const [i, [file, name]] of files.entries()) {
        const say = (part) => {
          told.textContent = `Ajout de ${name} (${i + 1} sur ${files.length})${part ? `, ${Math.floor(part * 100)} %` : ''}…`;
        };
        say(0);
        if (file.size > MAX) {
          wrong.push(`${name} : plus de 2 Gio (à faire : le copier dans le dossier de travail, puis recharger cette page)`);
          continue;
        }
        const why = await post(file, name, say);
        if (why) wrong.push(`${name} : ${why}`);
      }
      busy = false;
      if (!wrong.length) {
        location.reload();
        return;
      }
      told.textContent = `Non ajouté : ${wrong.slice(0, 5).join(' ; ')}${wrong.length > 5 ? `, et ${wrong.length - 5} autres` : ''}. `;
      if (wrong.length < files.length) {
        const link = document.createElement('a');
        link.href = '';
        link.textContent = 'Voir les fichiers ajoutés';
        told.append(link);
      }
    };
    // A dropped folder gives its files with their path below it.
    const walk = async (entry, path, out) => {
      if (entry.isFile) {
        const file = await new Promise((ok) => entry.file(ok, () => ok(null)));
        if (file) out.push([file, path + entry.name]);
      } else if (entry.isDirectory) {
        const reader = entry.createReader();
        for (;;) {
          const some = await new Promise((ok) => reader.readEntries(ok, () => ok([])));
          if (!some.length) break;
          for (const inner of some) await walk(inner, `${path}${entry.name}/`, out);
        }
      }
      return out;
    };
    drop.addEventListener('submit', (event) => {
      event.preventDefault();
      const chosen = [...document.getElementById('choix').files, ...document.getElementById('choix-dossier').files];
      send(chosen.map((file) => [file, file.webkitRelativePath || file.name]));
    });
    for (const kind of ['dragenter', 'dragover']) {
      document.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.add('survol');
      });
    }
    document.addEventListener('dragleave', () => drop.classList.remove('survol'));
    document.addEventListener('drop', async (event) => {
      event.preventDefault();
      drop.classList.remove('survol');
      const items = [...event.dataTransfer.items].map((i) => i.webkitGetAsEntry && i.webkitGetAsEntry());
      const plain = [...event.dataTransfer.files].map((file) => [file, file.name]);
      if (!items.some((entry) => entry && entry.isDirectory)) {
        send(plain);
        return;
      }
      const out = [];
      for (const entry of items) if (entry) await walk(entry, '', out);
      send(out);
    });
  }
  const run = document.getElementById('travail');
  if (run) {
    const words = document.getElementById('phrase');
    const more = document.getElementById('detail');
    const bar = document.getElementById('barre');
    let missed = 0;
    const look = async () => {
      try {
        const now = await (await fetch(run.dataset.suivi)).json();
        missed = 0;
        if (now.fini) {
          location.reload();
          return;
        }
        if (now.phrase !== words.textContent) words.textContent = now.phrase;
        more.textContent = now.detail;
        if (now.total > 0) {
          bar.max = now.total;
          bar.value = now.fait;
        } else {
          bar.removeAttribute('value');
        }
      } catch {
        missed += 1;
        if (missed > 5) {
          words.textContent = 'vigie ne répond plus : il a peut-être été fermé. Le rouvrir, puis relancer le travail.';
          more.textContent = '';
          return;
        }
      }
      setTimeout(look, 500);
    };
    look();
  }
})();
