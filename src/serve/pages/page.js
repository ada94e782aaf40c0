'use strict';
// Dropping files, and following a run. Every page works without this script.
(() => {
  const drop = document.getElementById('depot');
  if (drop) {
    const told = document.getElementById('envoi');
    const send = async (files) => {
      let kept = 0;
      for (const file of files) {
        told.textContent = `Envoi de ${file.name} (${kept + 1} sur ${files.length})…`;
        const body = new FormData();
        body.append('fichiers', file, file.name);
        try {
          const answer = await fetch(drop.action, { method: 'POST', body });
          if (!answer.ok) {
            told.textContent = `${file.name} : refusé. Fichiers déjà ajoutés : ${kept}.`;
            return;
          }
        } catch {
          told.textContent = `${file.name} : l’envoi s’est interrompu. Fichiers déjà ajoutés : ${kept}.`;
          return;
        }
        kept += 1;
      }
      location.reload();
    };
    drop.addEventListener('submit', (event) => {
      event.preventDefault();
      send([...document.getElementById('choix').files]);
    });
    for (const kind of ['dragenter', 'dragover']) {
      document.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.add('survol');
      });
    }
    document.addEventListener('dragleave', () => drop.classList.remove('survol'));
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      drop.classList.remove('survol');
      if (event.dataTransfer.files.length) send([...event.dataTransfer.files]);
    });
  }
  const run = document.getElementById('travail');
  if (run) {
    const words = document.getElementById('phrase');
    const bar = document.getElementById('barre');
    const look = async () => {
      try {
        const now = await (await fetch(run.dataset.suivi)).json();
        if (now.fini) {
          location.reload();
          return;
        }
        if (now.phrase !== words.textContent) words.textContent = now.phrase;
        if (now.total > 0) {
          bar.max = now.total;
          bar.value = now.fait;
        } else {
          bar.removeAttribute('value');
        }
      } catch {
        words.textContent = 'vigie ne répond plus : il a peut-être été fermé.';
        return;
      }
      setTimeout(look, 500);
    };
    look();
  }
})();
